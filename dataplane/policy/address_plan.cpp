#include "dataplane/policy/address_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "dataplane/policy/fault_list.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

constexpr size_t kMaxPrefixes = 200'000;
// Ranges that are open at a border, over all borders: what cutting costs. Prefixes of many models that
// lie in each other could make it grow with the square of the policy.
constexpr size_t kMostOverlaps = 50'000'000;

std::span<const uint8_t> bytes_of(const std::string& s) {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}

// An asset without address and name is what no asset of its model claims of its zone.
bool is_bare(const v1::Asset& asset) { return asset.prefixes_size() == 0 && asset.names_size() == 0; }

uint16_t zone_of_table(const v1::Asset& asset) { return static_cast<uint16_t>(asset.zone() + 1); }

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
  return {IpAddress{},
          two,
          first_v4,
          A::v4(1, 0, 0, 0),
          A::v4(10, 0, 0, 0),
          A::v4(11, 0, 0, 0),
          A::v4(100, 64, 0, 0),
          A::v4(100, 128, 0, 0),
          A::v4(127, 0, 0, 0),
          A::v4(128, 0, 0, 0),
          A::v4(169, 254, 0, 0),
          A::v4(169, 255, 0, 0),
          A::v4(172, 16, 0, 0),
          A::v4(172, 32, 0, 0),
          A::v4(192, 168, 0, 0),
          A::v4(192, 169, 0, 0),
          A::v4(224, 0, 0, 0),
          after_v4,
          v6(0xfc, 0),
          v6(0xfe, 0),
          v6(0xfe, 0x80),
          v6(0xfe, 0xc0),
          v6(0xff, 0)};
}

}  // namespace

AddressPlan::AddressPlan(const v1::Policy& policy, std::vector<Error>& faults) : policy_(policy) {
  places_.resize(1);
  collect(faults);
  std::sort(ranges_.begin(), ranges_.end());
  find_twins(faults);
  if (faults.empty()) cut(faults);
}

std::string AddressPlan::place_of_range(const Range& range) {
  return place_in(place_in(range.asset ? "assets" : "zones", static_cast<int>(range.index)) + ".prefixes",
                  static_cast<int>(range.prefix));
}

void AddressPlan::collect(std::vector<Error>& faults) {
  for (int i = 0; i < policy_.zones_size() && !enough(faults); ++i) {
    for (int k = 0; k < policy_.zones(i).prefixes_size() && !enough(faults); ++k) {
      Range range;
      range.index = static_cast<uint32_t>(i);
      range.prefix = static_cast<uint32_t>(k);
      add(range, policy_.zones(i).prefixes(k), faults);
    }
    if (!policy_.zones(i).any()) continue;
    if (any_zone_ != 0)
      faults.push_back({"a second zone has `any`", place_in("zones", i) + ".any",
                        "the first is " + place_in("zones", static_cast<int>(any_zone_) - 1)});
    any_zone_ = static_cast<uint32_t>(i) + 1;
  }
  for (int i = 0; i < policy_.assets_size() && !enough(faults); ++i) {
    if (is_bare(policy_.assets(i))) bare_.emplace(zone_of_table(policy_.assets(i)), static_cast<uint32_t>(i));
    for (int k = 0; k < policy_.assets(i).prefixes_size() && !enough(faults); ++k) {
      Range range;
      range.asset = true;
      range.model = policy_.assets(i).model();
      range.index = static_cast<uint32_t>(i);
      range.prefix = static_cast<uint32_t>(k);
      add(range, policy_.assets(i).prefixes(k), faults);
    }
  }
  if (ranges_.size() > kMaxPrefixes) {
    faults.push_back({"more than " + std::to_string(kMaxPrefixes) + " prefixes", "zones",
                      std::to_string(ranges_.size()) + " stand in zones and assets"});
  }
}

void AddressPlan::add(Range range, const v1::Prefix& prefix, std::vector<Error>& faults) {
  const size_t size = prefix.address().size();
  if ((size != 4 && size != 16) || prefix.length() > size * 8) {
    faults.push_back({"not an IPv4 or IPv6 prefix", place_of_range(range), "4 or 16 bytes and a length within them"});
    return;
  }
  range.length = prefix.length() + (size == 4 ? 96 : 0);
  range.first = IpAddress::from_bytes(bytes_of(prefix.address()));
  const IpAddress given = range.first;
  for (uint32_t bit = range.length; bit < 128; ++bit)
    range.first.bytes[bit / 8] &= static_cast<uint8_t>(~(0x80 >> (bit % 8)));
  if (range.first != given) faults.push_back({"bits beyond the prefix length are set", place_of_range(range), ""});
  range.last = last_of(range.first, range.length);
  ranges_.push_back(range);
}

// Widest first where ranges begin together, then zones before assets, assets by model.
bool AddressPlan::Range::operator<(const Range& other) const {
  return std::tie(first, length, asset, model, index, prefix) <
         std::tie(other.first, other.length, other.asset, other.model, other.index, other.prefix);
}

// One prefix in two zones, or in two assets of one model: nothing says which of them it is.
void AddressPlan::find_twins(std::vector<Error>& faults) const {
  for (size_t i = 1; i < ranges_.size() && !enough(faults); ++i) {
    const Range& a = ranges_[i - 1];
    const Range& b = ranges_[i];
    if (std::tie(a.first, a.length, a.asset, a.model) != std::tie(b.first, b.length, b.asset, b.model)) continue;
    faults.push_back({"this prefix stands twice", place_of_range(b), "the other place is " + place_of_range(a)});
  }
}

// `open` holds every range around one address. CIDR ranges lie in each other or apart, so each begins no
// later than the next and is no narrower.
ZoneTable::Place AddressPlan::place_at(const IpAddress& start, const std::vector<const Range*>& open) const {
  const Range* zone = nullptr;
  for (const Range* range : open) {
    if (!range->asset) zone = range;
  }
  std::vector<const Range*> narrowest;  // asset of each model, by model
  const Range* asset = nullptr;         // narrowest of all; of equal ones the first model's
  for (const Range* range : open) {
    if (!range->asset) continue;
    // A narrower prefix of another zone cuts its addresses out of a wide asset.
    const bool stands = zone == nullptr || range->length >= zone->length || zone_of(*range) == zone->index;
    if (!stands) continue;
    const auto at = std::lower_bound(narrowest.begin(), narrowest.end(), range->model,
                                     [](const Range* r, uint32_t model) { return r->model < model; });
    if (at != narrowest.end() && (*at)->model == range->model) {
      *at = range;
    } else {
      narrowest.insert(at, range);
    }
    if (asset == nullptr || range->length > asset->length) asset = range;
  }
  ZoneTable::Place place;
  for (const Range* range : narrowest) place.assets.push_back(range->index);
  if (asset != nullptr) {
    place.zone = ZoneId(static_cast<uint16_t>(zone_of(*asset) + 1));
  } else if (zone != nullptr) {
    place.zone = ZoneId(static_cast<uint16_t>(zone->index + 1));
  } else if (global_unicast(start)) {
    place.zone = ZoneId(static_cast<uint16_t>(any_zone_));
  }
  return place;
}

uint32_t AddressPlan::zone_of(const Range& asset) const { return policy_.assets(static_cast<int>(asset.index)).zone(); }

void AddressPlan::cut(std::vector<Error>& faults) {
  starts_ = special_borders();
  for (const Range& range : ranges_) {
    starts_.push_back(range.first);
    if (const auto next = after(range.last)) starts_.push_back(*next);
  }
  std::sort(starts_.begin(), starts_.end());
  starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
  std::map<std::pair<uint16_t, std::vector<uint32_t>>, PlaceId> known{{{uint16_t{0}, {}}, PlaceId(0)}};
  std::vector<const Range*> open;
  size_t next = 0, overlaps = 0;
  place_of_.reserve(starts_.size());
  for (const IpAddress& start : starts_) {
    std::erase_if(open, [&](const Range* r) { return r->last < start; });
    while (next < ranges_.size() && ranges_[next].first == start) open.push_back(&ranges_[next++]);
    overlaps += open.size();
    if (overlaps > kMostOverlaps) {
      faults.push_back({"prefixes of too many models lie in each other", "assets", "fewer or less nested prefixes"});
      return;
    }
    ZoneTable::Place place = place_at(start, open);
    const auto [at, fresh] = known.try_emplace({place.zone.value, place.assets}, static_cast<uint32_t>(places_.size()));
    place_of_.push_back(at->second);
    if (fresh) places_.push_back(std::move(place));
  }
}

PlaceSet AddressPlan::resolve(const v1::Ends& ends, const std::string& where, std::vector<Error>& faults) const {
  const bool zones_good = check_positions(ends.zones(), policy_.zones_size(), "zone", where + ".zones", faults);
  const bool assets_good = check_positions(ends.assets(), policy_.assets_size(), "asset", where + ".assets", faults);
  if (!zones_good || !assets_good || !faults.empty()) return PlaceSet();  // refused anyhow: no memory for it
  PlaceSet out(places_.size());
  std::vector<bool> zones(static_cast<size_t>(policy_.zones_size()) + 1),
      assets(static_cast<size_t>(policy_.assets_size()));
  Unclaimed unclaimed;
  for (const uint32_t zone : ends.zones()) zones[zone + 1] = true;
  for (const uint32_t index : ends.assets()) {
    assets[index] = true;
    add_unclaimed(policy_.assets(static_cast<int>(index)), unclaimed);
  }
  for (uint32_t p = 0; p < places_.size(); ++p) {
    const ZoneTable::Place& place = places_[p];
    const bool listed = ends.all() || zones[place.zone.value] ||
                        std::any_of(place.assets.begin(), place.assets.end(), [&](uint32_t a) { return assets[a]; });
    if (listed || is_unclaimed(place, unclaimed)) out.add(PlaceId(p));
  }
  return out;
}

PlaceSet AddressPlan::assets_of(uint32_t model) const {
  PlaceSet out(places_.size());
  Unclaimed unclaimed;
  for (const v1::Asset& asset : policy_.assets()) {
    if (asset.model() == model && !policy_.zones(static_cast<int>(asset.zone())).any()) add_unclaimed(asset, unclaimed);
  }
  for (uint32_t p = 0; p < places_.size(); ++p) {
    if (claims(places_[p], model) || is_unclaimed(places_[p], unclaimed)) out.add(PlaceId(p));
  }
  return out;
}

void AddressPlan::add_unclaimed(const v1::Asset& asset, Unclaimed& out) {
  if (is_bare(asset)) out.emplace(zone_of_table(asset), asset.model());
}

// Whether an asset of the model has the place for itself.
bool AddressPlan::claims(const ZoneTable::Place& place, uint32_t model) const {
  return std::ranges::any_of(place.assets,
                             [&](uint32_t a) { return policy_.assets(static_cast<int>(a)).model() == model; });
}

bool AddressPlan::is_unclaimed(const ZoneTable::Place& place, const Unclaimed& unclaimed) const {
  for (auto at = unclaimed.lower_bound({place.zone.value, 0}); at != unclaimed.end() && at->first == place.zone.value;
       ++at) {
    if (!claims(place, at->second)) return true;
  }
  return false;
}

std::vector<uint32_t> AddressPlan::assets_at(const ZoneTable::Place& place) const {
  const auto model = [this](uint32_t a) { return policy_.assets(static_cast<int>(a)).model(); };
  std::vector<uint32_t> out = place.assets;
  const auto [first, last] = bare_.equal_range(place.zone.value);
  for (auto at = first; at != last; ++at) {
    if (!claims(place, model(at->second))) out.push_back(at->second);
  }
  std::ranges::sort(out, {}, [&](uint32_t a) { return std::pair(model(a), a); });
  return out;
}

}  // namespace glacis
