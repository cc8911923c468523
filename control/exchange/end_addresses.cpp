#include "control/exchange/end_addresses.h"

#include <algorithm>
#include <limits>

namespace glacis::control {
namespace {

// What `any` does not mean: global_unicast() of dataplane/zone, as prefixes.
constexpr std::string_view kNotGlobal[] = {"0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10",  "127.0.0.0/8",
                                           "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
                                           "::/127",         "fc00::/7",      "fe80::/10",      "ff00::/8"};

bool overlap(const AddressPrefix& a, const AddressPrefix& b) { return contains(a, b) || contains(b, a); }

// Without those that others of the list hold; in a fixed order.
void tidy(std::vector<AddressPrefix>& list) {
  const auto key = [](const AddressPrefix& p) { return std::tuple(p.bytes.size(), p.bytes, p.length); };
  std::ranges::sort(list, {}, key);
  std::vector<AddressPrefix> out;
  for (AddressPrefix& prefix : list) {
    if (out.empty() || !contains(out.back(), prefix)) out.push_back(std::move(prefix));
  }
  list = std::move(out);
}

// Whether the addresses that one leaves out may be addresses of the other.
bool disturbs(const AddressBlock& a, const AddressBlock& b) {
  return std::ranges::any_of(a.without, [&](const AddressPrefix& out) {
    return b.everywhere || std::ranges::any_of(b.within, [&](const AddressPrefix& in) { return overlap(out, in); });
  });
}

// Adds a block to a union, into one that is there where both can be one.
void unite(AddressBlock block, AddressBlocks& into) {
  for (AddressBlock& old : into) {
    if (old.everywhere || block.everywhere || disturbs(old, block) || disturbs(block, old)) continue;
    old.within.insert(old.within.end(), block.within.begin(), block.within.end());
    old.without.insert(old.without.end(), block.without.begin(), block.without.end());
    tidy(old.within);
    tidy(old.without);
    return;
  }
  into.push_back(std::move(block));
}

// The first address of a prefix with all bits behind its length as `bit`.
std::string end_of(const AddressPrefix& prefix, bool bit) {
  std::string out = prefix.bytes;
  for (size_t i = prefix.length; i < out.size() * 8; ++i) {
    const auto mask = static_cast<unsigned char>(0x80u >> (i % 8));
    const auto old = static_cast<unsigned char>(out[i / 8]);
    out[i / 8] = static_cast<char>(bit ? old | mask : old & ~mask);
  }
  return out;
}

AddressRange range_of(const AddressPrefix& prefix) { return {end_of(prefix, false), end_of(prefix, true)}; }

// The address behind (by 1) or before (by -1). Not of the last or the first one.
std::string stepped(std::string address, int by) {
  const auto over = static_cast<char>(by > 0 ? 0 : 0xff);
  for (size_t i = address.size(); i-- > 0;) {
    address[i] = static_cast<char>(address[i] + by);
    if (address[i] != over) break;
  }
  return address;
}

bool is_last(const std::string& address) {
  return std::ranges::all_of(address, [](char c) { return static_cast<unsigned char>(c) == 0xff; });
}

std::vector<AddressRange> subtract(const std::vector<AddressRange>& from, const AddressRange& gap) {
  std::vector<AddressRange> out;
  for (const AddressRange& r : from) {
    if (r.second < gap.first || gap.second < r.first) {
      out.push_back(r);
      continue;
    }
    if (r.first < gap.first) out.emplace_back(r.first, stepped(gap.first, -1));
    if (gap.second < r.second) out.emplace_back(stepped(gap.second, 1), r.second);
  }
  return out;
}

void merge(std::vector<AddressRange>& ranges) {
  std::ranges::sort(ranges);
  std::vector<AddressRange> out;
  for (AddressRange& r : ranges) {
    const bool touches = !out.empty() && (is_last(out.back().second) || r.first <= stepped(out.back().second, 1));
    if (touches) {
      out.back().second = std::max(out.back().second, r.second);
    } else {
      out.push_back(std::move(r));
    }
  }
  ranges = std::move(out);
}

}  // namespace

const AddressBlocks& EndAddresses::of(const Model& model, const std::string& name) {
  const auto [known, fresh] = known_.try_emplace({&model, name});
  if (fresh) known->second = find(model, name);
  return known->second;
}

AddressBlocks EndAddresses::find(const Model& model, const std::string& name) {
  if (name == "any") return {{true, {}, {}}};
  const Places& places = models_.places(model);
  if (const ZoneElement* zone = places.zone(name)) return of_zone(*zone);
  const AssetElement* asset = places.asset(name);
  if (asset == nullptr || asset->by_name_only()) return {};
  if (asset->prefixes.empty()) return of_rest(model, *asset);
  AddressBlock block;
  for (const AddressPrefix& prefix : asset->prefixes) {
    if (!prefix.shared) block.within.push_back(prefix);
  }
  tidy(block.within);
  return block.within.empty() ? AddressBlocks() : AddressBlocks{block};
}

AddressBlocks EndAddresses::of(const Model& model, const EndNames& ends) {
  if (ends.empty() || std::ranges::find(ends, "any") != ends.end()) return of(model, "any");
  AddressBlocks out;
  for (const std::string& name : ends) {
    for (const AddressBlock& block : of(model, name)) unite(block, out);
  }
  return out;
}

EndNames EndAddresses::without_address(const Model& model, const EndNames& ends) {
  EndNames out;
  std::ranges::copy_if(ends, std::back_inserter(out), [&](const std::string& name) { return of(model, name).empty(); });
  return out;
}

EndNames EndAddresses::widened(const Model& model, const EndNames& ends) const {
  EndNames out;
  for (const std::string& name : ends) {
    const AssetElement* asset = models_.places(model).asset(name);
    out.push_back(asset != nullptr && asset->by_name_only() ? asset->zone : name);
  }
  return out;
}

AddressBlocks EndAddresses::of_zone(const ZoneElement& zone) const {
  AddressBlock block, rest{true, {}, {}};
  for (const AddressPrefix& prefix : zone.prefixes) {
    if (!prefix.shared) block.within.push_back(prefix);
  }
  for (const Model& model : models_.models()) {
    for (const ZoneElement& other : model.zones) {
      if (other.id == zone.id) continue;
      std::ranges::copy(other.prefixes, std::back_inserter(rest.without));
      std::ranges::copy_if(other.prefixes, std::back_inserter(block.without), [&](const AddressPrefix& inner) {
        return std::ranges::any_of(block.within, [&](const AddressPrefix& p) { return contains(p, inner); });
      });
    }
  }
  tidy(block.within);
  tidy(block.without);
  AddressBlocks out;
  if (!block.within.empty()) out.push_back(std::move(block));
  if (!zone.any) return out;
  for (const std::string_view text : kNotGlobal) rest.without.push_back(*address_prefix(std::string(text)));
  tidy(rest.without);
  out.push_back(std::move(rest));
  return out;
}

AddressBlocks EndAddresses::of_rest(const Model& model, const AssetElement& asset) {
  AddressBlocks out = of(model, asset.zone);
  for (AddressBlock& block : out) {
    for (const AssetElement& other : model.assets) {
      if (other.zone == asset.zone) std::ranges::copy(other.prefixes, std::back_inserter(block.without));
    }
    tidy(block.without);
  }
  return out;
}

bool may_meet(const AddressBlocks& a, const AddressBlocks& b) {
  const auto meet = [](const AddressBlock& x, const AddressBlock& y) {
    if (x.everywhere || y.everywhere) return true;
    return std::ranges::any_of(x.within, [&](const AddressPrefix& p) {
      return std::ranges::any_of(y.within, [&](const AddressPrefix& q) { return overlap(p, q); });
    });
  };
  return std::ranges::any_of(a, [&](const AddressBlock& x) {
    return std::ranges::any_of(b, [&](const AddressBlock& y) { return meet(x, y); });
  });
}

std::vector<AddressRange> ranges_of(const AddressBlocks& blocks, size_t size_bytes) {
  std::vector<AddressRange> out;
  for (const AddressBlock& block : blocks) {
    std::vector<AddressRange> ranges;
    if (block.everywhere) ranges.emplace_back(std::string(size_bytes, '\0'), std::string(size_bytes, '\xff'));
    for (const AddressPrefix& prefix : block.within) {
      if (prefix.bytes.size() == size_bytes) ranges.push_back(range_of(prefix));
    }
    for (const AddressPrefix& prefix : block.without) {
      if (prefix.bytes.size() == size_bytes) ranges = subtract(ranges, range_of(prefix));
    }
    out.insert(out.end(), ranges.begin(), ranges.end());
  }
  merge(out);
  return out;
}

std::string prefix_text(const AddressPrefix& prefix) {
  const std::string address = address_text(prefix.bytes);
  return prefix.length == prefix.bytes.size() * 8 ? address : address + "/" + std::to_string(prefix.length);
}

std::string range_text(const AddressRange& range) {
  for (uint32_t length = 0; length <= range.first.size() * 8; ++length) {
    const AddressPrefix prefix{range.first, length, ""};
    if (range_of(prefix) == range) return prefix_text(prefix);
  }
  return address_text(range.first) + "-" + address_text(range.second);
}

}  // namespace glacis::control
