#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/base/ip_address.h"
#include "glacis/v1/alert.pb.h"

namespace glacis::sensor {

// The words that people read. Thread: any.
[[nodiscard]] std::string address_text(std::string_view wire);  // 4 or 16 bytes; else "?"
[[nodiscard]] std::string address_text(const IpAddress& address);
[[nodiscard]] std::string protocol_text(uint32_t ip_protocol);  // "tcp", "132"
[[nodiscard]] std::string_view outcome_text(v1::Outcome outcome);
[[nodiscard]] std::string_view severity_text(v1::Severity severity);
[[nodiscard]] std::string_view unscanned_text(v1::Unscanned why);
[[nodiscard]] std::string_view change_text(v1::AlertChange change);

}  // namespace glacis::sensor
