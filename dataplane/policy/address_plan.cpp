#include "dataplane/policy/address_plan.h"

#include <algorithm>
#include <optional>
#include <string>

#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

constexpr int kMaxPrefixes = 200'000;

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
  collect(policy, faults);
  if (faults.empty()) cut(policy);
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
  if (ranges_.size() > kMaxPrefixes) faults.push_back({"more than 200000 prefixes", "zones", ""});
}

void AddressPlan::cut(const v1::Policy& policy) {
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
  size_t next = 0;
  place_of_.reserve(starts_.size());
  for (const IpAddress& start : starts_) {
    std::erase_if(open, [&](const Range* r) { return r->last < start; });
    while (next < ranges_.size() && ranges_[next].first == start) open.push_back(&ranges_[next++]);
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
    const auto same = std::find_if(places_.begin(), places_.end(), [&](const ZoneTable::Place& p) {
      return p.zone == place.zone && p.assets == place.assets;
    });
    place_of_.emplace_back(static_cast<uint32_t>(same - places_.begin()));
    if (same == places_.end()) places_.push_back(std::move(place));
  }
}

PlaceSet AddressPlan::resolve(const v1::Ends& ends, const std::string& where, std::vector<Error>& faults) const {
  PlaceSet out(places_.size());
  for (const uint32_t zone : ends.zones()) {
    if (zone >= static_cast<uint32_t>(policy_.zones_size())) faults.push_back({"no zone " + std::to_string(zone), where + ".zones", ""});
  }
  for (const uint32_t asset : ends.assets()) {
    if (asset >= static_cast<uint32_t>(policy_.assets_size())) faults.push_back({"no asset " + std::to_string(asset), where + ".assets", ""});
  }
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
