#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/ip_address.h"

namespace glacis::bench {

inline constexpr uint16_t kWeb = 443;  // a responder's port

// The ends of flow `index` of a seed, in zones of the reference policy that a flow line joins. They follow from the
// index, so that millions of flows need no memory. The responder's port is kWeb.
struct FlowEnds {
  IpAddress initiator, responder;
  uint16_t port = 0;  // the initiator's
  bool ip6 = false, tagged = false;
};
[[nodiscard]] FlowEnds draw_flow(uint64_t seed, size_t index, unsigned ip6_percent, unsigned vlan_percent = 0);

}  // namespace glacis::bench
