#pragma once

#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/zone/zone_table.h"

namespace glacis {
namespace v1 {
class Policy;
class Ends;
}

// Zones and assets of a policy cut into places. Zone positions are shifted by one: zone 0 of the table
// is `unknown`, zone i + 1 the policy's zone i. Built off the workers.
class AddressPlan {
 public:
  // Faults: prefixes out of range, indexes out of bounds, more prefixes than can be cut in time.
  AddressPlan(const v1::Policy& policy, std::vector<Error>& faults);

  [[nodiscard]] ZoneTable table() const { return {starts_, place_of_, places_}; }
  // The places of a rule's end; faults name `where`.
  [[nodiscard]] PlaceSet resolve(const v1::Ends& ends, const std::string& where, std::vector<Error>& faults) const;
  [[nodiscard]] const std::vector<ZoneTable::Place>& places() const { return places_; }

 private:
  struct Range {
    IpAddress first, last;
    uint32_t length = 0;
    bool asset = false;
    uint32_t index = 0;
  };
  void collect(const v1::Policy& policy, std::vector<Error>& faults);
  void cut(const v1::Policy& policy, std::vector<Error>& faults);

  const v1::Policy& policy_;
  std::vector<Range> ranges_;
  std::vector<IpAddress> starts_;
  std::vector<PlaceId> place_of_;
  std::vector<ZoneTable::Place> places_;
  uint32_t any_zone_ = 0;  // 0: none
  mutable uint64_t resolving_ = 0;  // places looked at so far; bounded, because a policy is hostile
};

}  // namespace glacis
