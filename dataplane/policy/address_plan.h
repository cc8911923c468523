#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/zone/zone_table.h"

namespace glacis {
namespace v1 {
class Policy;
class Asset;
class Ends;
class Prefix;
}  // namespace v1

// Zones and assets of a policy cut into places. Zone positions are shifted by one: zone 0 of the table
// is `unknown`, zone i + 1 the policy's zone i. The longest prefix wins; an asset beats its own zone, and
// other zones' prefixes that are no longer than its own. Borrows the policy. At most 200'000 prefixes;
// cold, off the workers.
class AddressPlan {
 public:
  // Faults: prefixes out of range or twice, a second `any`, too many of them. The policy's positions must
  // have been checked; while `faults` is not empty nothing is cut and resolve() only looks for faults.
  AddressPlan(const v1::Policy& policy, std::vector<Error>& faults);

  [[nodiscard]] ZoneTable table() const { return {starts_, place_of_, places_}; }
  // The places of a rule's end; faults name `where`.
  [[nodiscard]] PlaceSet resolve(const v1::Ends& ends, const std::string& where, std::vector<Error>& faults) const;
  // Where the assets of a model stand, whoever declares their zones. An asset that stands for all of the
  // `any` zone does not count. Only after a cut.
  [[nodiscard]] PlaceSet assets_of(uint32_t model) const;
  [[nodiscard]] const std::vector<ZoneTable::Place>& places() const { return places_; }
  // Positions of the assets that stand at a place, in the order of their models: those that claim it, and those
  // without addresses of models that have none that does.
  [[nodiscard]] std::vector<uint32_t> assets_at(const ZoneTable::Place& place) const;

 private:
  struct Range {
    IpAddress first, last;
    uint32_t length = 0;
    bool asset = false;
    uint32_t model = 0;   // of an asset; zones are every model's
    uint32_t index = 0;   // of the zone or asset
    uint32_t prefix = 0;  // in its list
    bool operator<(const Range& other) const;
  };
  using Unclaimed = std::set<std::pair<uint16_t, uint32_t>>;  // zone of the table, model

  [[nodiscard]] static std::string place_of_range(const Range& range);
  void collect(std::vector<Error>& faults);
  void add(Range range, const v1::Prefix& prefix, std::vector<Error>& faults);
  void find_twins(std::vector<Error>& faults) const;
  [[nodiscard]] ZoneTable::Place place_at(const IpAddress& start, const std::vector<const Range*>& open) const;
  [[nodiscard]] uint32_t zone_of(const Range& asset) const;
  void cut(std::vector<Error>& faults);
  static void add_unclaimed(const v1::Asset& asset, Unclaimed& out);
  [[nodiscard]] bool claims(const ZoneTable::Place& place, uint32_t model) const;
  [[nodiscard]] bool is_unclaimed(const ZoneTable::Place& place, const Unclaimed& unclaimed) const;

  const v1::Policy& policy_;
  std::vector<Range> ranges_;  // sorted
  std::vector<IpAddress> starts_;
  std::vector<PlaceId> place_of_;
  std::vector<ZoneTable::Place> places_;
  uint32_t any_zone_ = 0;                   // 0: none
  std::multimap<uint16_t, uint32_t> bare_;  // assets without addresses, by zone of the table
};

}  // namespace glacis
