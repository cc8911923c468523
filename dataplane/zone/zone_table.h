#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/ip_address.h"

namespace glacis {

// A bit for each place; what a rule's end contains. Built once, read by many.
class PlaceSet {
 public:
  explicit PlaceSet(size_t places = 0) : words_((places + 63) / 64) {}
  void add(PlaceId p) { words_[p.value / 64] |= uint64_t{1} << (p.value % 64); }
  [[nodiscard]] bool contains(PlaceId p) const {
    return p.value / 64 < words_.size() && (words_[p.value / 64] >> (p.value % 64) & 1) != 0;
  }
  // Calls with(PlaceId) for each, ascending.
  template <class With>
  void each(With with) const {
    for (size_t w = 0; w < words_.size(); ++w) {
      for (uint64_t rest = words_[w]; rest != 0; rest &= rest - 1) {
        with(PlaceId(static_cast<uint32_t>(w * 64) + static_cast<uint32_t>(std::countr_zero(rest))));
      }
    }
  }

 private:
  std::vector<uint64_t> words_;
};

// Addresses -> places. A place is a set of addresses that no zone and no asset tells apart; place 0
// is `unknown`. Immutable after build; any thread may read. No DPDK in here: control uses it too.
class ZoneTable {
 public:
  struct Place {
    ZoneId zone;                   // 0 = unknown
    std::vector<uint32_t> assets;  // positions in the policy's assets, at most one per model
  };

  ZoneTable() : places_(1), zone_of_(1) {}
  // `starts` ascending; starts[i] .. starts[i+1]-1 belong to place_of[i]; starts[0] must be ::.
  ZoneTable(std::vector<IpAddress> starts, std::vector<PlaceId> place_of, std::vector<Place> places);

  // O(log prefixes), of IPv4 those with the same first 16 bits; no allocation.
  [[nodiscard]] PlaceId place(const IpAddress& address) const;
  [[nodiscard]] ZoneId zone(PlaceId p) const { return zone_of_[p.value]; }
  [[nodiscard]] const Place& at(PlaceId p) const { return places_[p.value]; }
  [[nodiscard]] size_t places() const { return places_.size(); }

 private:
  std::vector<IpAddress> starts_;
  std::vector<uint32_t> tails_;  // their last 32 bits, as numbers: enough to order those of one block of IPv4
  std::vector<PlaceId> place_of_;
  std::vector<Place> places_;
  std::vector<ZoneId> zone_of_;  // each place's, without the rest of it
  std::vector<uint32_t> v4_;     // by the first 16 bits of an IPv4 address: the first start that is not below
};

// Multicast, broadcast, loopback and unspecified: never a crossing (IANA special-purpose registries).
[[nodiscard]] bool never_crosses(const IpAddress& address);
// Globally routable unicast: not private, ULA, CGNAT, link-local, documentation excepted (it may
// stand for the internet in tests and captures).
[[nodiscard]] bool global_unicast(const IpAddress& address);

}  // namespace glacis
