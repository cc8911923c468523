#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/fragment/fragment_policy.h"
#include "dataplane/stream/overlap.h"

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

class AddressPlan;

// Each place's, as `stack` of the policy's zones and assets says: of the assets that stand there the first model's that
// says something, else the zone, else the default. `plan` is that of the policy, whose enumerations must have been
// checked. Cold; thread: control.
[[nodiscard]] std::vector<TargetStack> stacks_of(const v1::Policy& policy, const AddressPlan& plan);

}  // namespace glacis
