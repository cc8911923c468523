#include "dataplane/policy/address_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

constexpr size_t kMaxPrefixes = 200'000;
// Prefixes around one address: what is built grows with places times these.
constexpr size_t kMaxCovering = 256;
// Places looked at for all ends of all rules together: seconds of building, and half a gigabyte of sets.
constexpr uint64_t kMaxResolving = 4'000'000'000;

std::span<const uint8_t> bytes_of(const std::string& s) {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}

std::optional<IpAddress> after(IpAddress address) {
  for (size_t i = 16; i > 0; --i) {
    if (++address.bytes[i - 1] != 0) return address;
  }
  return std::nullopt;
}

IpAddress last_of(IpAddress first, uint32_t length) {
  for (uint32_t bit = length; bit < 128; ++bit) first.bytes[bit / 8] |= static_cast<uint8_t>(0x80 >> (bit % 8));
  return first;
}

// The borders of what is not global unicast: inside one stretch the answer never changes.
std::vector<IpAddress> special_borders() {
  using A = IpAddress;
  const auto v6 = [](uint8_t a, uint8_t b) {
    IpAddress out;
    out.bytes[0] = a;
    out.bytes[1] = b;
    return out;
  };
  IpAddress two, first_v4 = A::v4(0, 0, 0, 0), after_v4;
  two.bytes[15] = 2;
  after_v4.bytes[9] = 1;  // past ::ffff:255.255.255.255
  return {IpAddress{}, two, first_v4, A::v4(1, 0, 0, 0), A::v4(10, 0, 0, 0), A::v4(11, 0, 0, 0),
          A::v4(100, 64, 0, 0), A::v4(100, 128, 0, 0), A::v4(127, 0, 0, 0), A::v4(128, 0, 0, 0),
          A::v4(169, 254, 0, 0), A::v4(169, 255, 0, 0), A::v4(172, 16, 0, 0), A::v4(172, 32, 0, 0),
          A::v4(192, 168, 0, 0), A::v4(192, 169, 0, 0), A::v4(224, 0, 0, 0), after_v4,
          v6(0xfc, 0), v6(0xfe, 0), v6(0xfe, 0x80), v6(0xfe, 0xc0), v6(0xff, 0)};
}

}  // namespace

AddressPlan::AddressPlan(const v1::Policy& policy, std::vector<Error>& faults) : policy_(policy) {
  places_.resize(1);
  size_t prefixes = 0;
  for (const v1::Zone& zone : policy.zones()) prefixes += static_cast<size_t>(zone.prefixes_size());
  for (const v1::Asset& asset : policy.assets()) prefixes += static_cast<size_t>(asset.prefixes_size());
  if (prefixes > kMaxPrefixes) {
    faults.push_back({"more than 200000 prefixes", "zones", ""});
    return;
  }
  collect(policy, faults);
  if (faults.empty()) cut(policy, faults);
}

void AddressPlan::collect(const v1::Policy& policy, std::vector<Error>& faults) {
  const auto add = [&](const auto& prefixes, bool asset, uint32_t index, const std::string& where) {
    for (int i = 0; i < prefixes.size(); ++i) {
      const v1::Prefix& prefix = prefixes.Get(i);
      const size_t size = prefix.address().size();
      const std::string place = where + ".prefixes[" + std::to_string(i) + "]";
      if ((size != 4 && size != 16) || prefix.length() > size * 8) {
        faults.push_back({"not an IPv4 or IPv6 prefix", place, "4 or 16 bytes and a length within them"});
        continue;
      }
      const uint32_t length = prefix.length() + (size == 4 ? 96 : 0);
      const IpAddress first = IpAddress::from_bytes(bytes_of(prefix.address()));
      IpAddress floor = first;
      for (uint32_t bit = length; bit < 128; ++bit) floor.bytes[bit / 8] &= static_cast<uint8_t>(~(0x80 >> (bit % 8)));
      if (floor != first) faults.push_back({"bits beyond the prefix length are set", place, ""});
      ranges_.push_back({floor, last_of(floor, length), length, asset, index});
    }
  };
  for (int i = 0; i < policy.zones_size(); ++i) {
    const std::string where = "zones[" + std::to_string(i) + "]";
    add(policy.zones(i).prefixes(), false, static_cast<uint32_t>(i), where);
    if (!policy.zones(i).any()) continue;
    if (any_zone_ != 0) faults.push_back({"a second zone has `any`", where, ""});
    any_zone_ = static_cast<uint32_t>(i) + 1;
  }
  for (int i = 0; i < policy.assets_size(); ++i) {
    const std::string where = "assets[" + std::to_string(i) + "]";
    if (policy.assets(i).zone() >= static_cast<uint32_t>(policy.zones_size())) {
      faults.push_back({"no zone " + std::to_string(policy.assets(i).zone()), where + ".zone", ""});
      continue;
    }
    if (policy.assets(i).model() >= static_cast<uint32_t>(policy.models_size())) {
      faults.push_back({"no model " + std::to_string(policy.assets(i).model()), where + ".model", ""});
    }
    add(policy.assets(i).prefixes(), true, static_cast<uint32_t>(i), where);
  }
}

void AddressPlan::cut(const v1::Policy& policy, std::vector<Error>& faults) {
  starts_ = special_borders();
  for (const Range& range : ranges_) {
    starts_.push_back(range.first);
    if (const auto next = after(range.last)) starts_.push_back(*next);
  }
  std::sort(starts_.begin(), starts_.end());
  starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
  // Widest first, so that walking the stack of open ranges ends with the narrowest.
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) {
    return a.first != b.first ? a.first < b.first : a.length < b.length;
  });
  std::vector<const Range*> open;
  std::map<std::pair<ZoneId, std::vector<uint32_t>>, PlaceId> known{{{places_[0].zone, places_[0].assets}, PlaceId(0)}};
  size_t next = 0;
  place_of_.reserve(starts_.size());
  for (const IpAddress& start : starts_) {
    std::erase_if(open, [&](const Range* r) { return r->last < start; });
    while (next < ranges_.size() && ranges_[next].first == start) open.push_back(&ranges_[next++]);
    if (open.size() > kMaxCovering) {
      const std::string list = open.back()->asset ? "assets[" : "zones[";
      faults.push_back({"more than 256 prefixes cover one address", list + std::to_string(open.back()->index) + "].prefixes", ""});
      return;
    }
    ZoneTable::Place place;
    std::vector<const Range*> asset_of(static_cast<size_t>(policy.models_size()), nullptr);
    const Range* zone = nullptr;
    for (const Range* range : open) {
      if (!range->asset) {
        if (zone == nullptr || range->length >= zone->length) zone = range;
        continue;
      }
      const Range*& best = asset_of[policy.assets(static_cast<int>(range->index)).model()];
      if (best == nullptr || range->length >= best->length) best = range;
    }
    for (const Range* range : asset_of) {
      if (range != nullptr) place.assets.push_back(range->index);
    }
    if (!place.assets.empty()) {
      place.zone = ZoneId(static_cast<uint16_t>(policy.assets(static_cast<int>(place.assets[0])).zone() + 1));
    } else if (zone != nullptr) {
      place.zone = ZoneId(static_cast<uint16_t>(zone->index + 1));
    } else if (global_unicast(start)) {
      place.zone = ZoneId(static_cast<uint16_t>(any_zone_));
    }
    const auto [place_id, fresh] = known.try_emplace({place.zone, place.assets}, PlaceId(static_cast<uint32_t>(places_.size())));
    place_of_.push_back(place_id->second);
    if (fresh) places_.push_back(std::move(place));
  }
}

PlaceSet AddressPlan::resolve(const v1::Ends& ends, const std::string& where, std::vector<Error>& faults) const {
  PlaceSet out(places_.size());
  const auto known = [&](const auto& list, int size, const std::string& what) {
    const auto bad = std::ranges::find_if(list, [size](uint32_t i) { return i >= static_cast<uint32_t>(size); });
    if (bad != list.end()) faults.push_back({"no " + what + " " + std::to_string(*bad), where + "." + what + "s", ""});
  };
  known(ends.zones(), policy_.zones_size(), "zone");
  known(ends.assets(), policy_.assets_size(), "asset");
  const uint64_t listed = 1 + static_cast<uint64_t>(ends.zones_size()) + static_cast<uint64_t>(ends.assets_size());
  resolving_ += listed * places_.size();
  if (resolving_ > kMaxResolving) faults.push_back({"too many rules for so many prefixes", where, "rules times places are at most 4 billion"});
  if (!faults.empty()) return out;
  const auto contains = [&](const ZoneTable::Place& place) {
    if (ends.all()) return true;
    for (const uint32_t zone : ends.zones()) {
      if (place.zone.value == zone + 1) return true;
    }
    for (const uint32_t index : ends.assets()) {
      const v1::Asset& asset = policy_.assets(static_cast<int>(index));
      if (std::find(place.assets.begin(), place.assets.end(), index) != place.assets.end()) return true;
      if (asset.prefixes_size() > 0 || asset.names_size() > 0 || place.zone.value != asset.zone() + 1) continue;
      // Without address and name: what no asset of its model claims.
      if (std::none_of(place.assets.begin(), place.assets.end(), [&](uint32_t other) {
            return policy_.assets(static_cast<int>(other)).model() == asset.model();
          })) {
        return true;
      }
    }
    return false;
  };
  for (uint32_t p = 0; p < places_.size(); ++p) {
    if (contains(places_[p])) out.add(PlaceId(p));
  }
  return out;
}

}  // namespace glacis
