#pragma once

#include <string>

#include "glacis/v1/alert.pb.h"

namespace glacis::sensor {

// "users/adminpc 10.1.7.3": zone, its asset if any, address.
[[nodiscard]] std::string end_text(const v1::End& end);
// "5432/tcp"; "icmp" without ports.
[[nodiscard]] std::string service_text(uint32_t port, uint32_t ip_protocol);
// The whole happening: who did what to whom with which outcome, and the rule it breaks.
[[nodiscard]] std::string sentence_of(const v1::Alert& alert);

}  // namespace glacis::sensor
