#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/base/ids.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/zone/verdict.h"

namespace glacis::control {

// A flow as it was recorded.
struct FlowSummary {
  uint64_t id = 0;  // its sensor's; the same on every replay
  IpAddress initiator, responder;
  uint16_t initiator_port = 0, responder_port = 0;  // 0: the protocol has none
  uint8_t protocol = 0;                             // IANA number
  bool direction_assumed = false;                   // no packet has proved who started it
  bool unsearched = false;                          // some of its payload was not searched
  std::optional<FlowOutcome> outcome;               // none: not recorded
  Nanos first, last;
  uint64_t bytes_to_responder = 0, bytes_to_initiator = 0;
  std::string file;  // that it was found in
};

}  // namespace glacis::control
