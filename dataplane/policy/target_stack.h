#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/fragment/fragment_policy.h"
#include "dataplane/stream/overlap.h"
#include "dataplane/zone/zone_table.h"

namespace glacis {
namespace v1 {
class Policy;
}

// How the hosts of a place decide between bytes that come twice and differ. By default as Linux does today.
struct TargetStack {
  FragmentPolicy ip4_fragments = kDefaultFragmentPolicy;
  OverlapPolicy segments = kDefaultOverlapPolicy;

  // All families discard overlapping fragments of IPv6 (RFC 5722; RFC 8200, 4.5).
  [[nodiscard]] FragmentPolicy fragments(uint8_t ip_version) const {
    return ip_version == 6 ? FragmentPolicy::kDiscard : ip4_fragments;
  }
  friend bool operator==(const TargetStack&, const TargetStack&) = default;
};

// Each place's, as `stack` of the policy's zones and assets says: of the assets there (those without addresses stand
// for what no other asset of their model claims of their zone) the first model's that says something, else the zone,
// else the default. `places` are those that the policy was cut into; its enumerations and positions must have been
// checked. Cold; thread: control.
[[nodiscard]] std::vector<TargetStack> stacks_of(const v1::Policy& policy, std::span<const ZoneTable::Place> places);

}  // namespace glacis
