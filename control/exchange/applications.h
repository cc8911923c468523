#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/model.h"

namespace glacis::control {

// What carries a line's traffic. The language names applications and ports, not transports; firewalls and rules do.
enum class Transport : uint8_t { kTcp, kUdp };
[[nodiscard]] std::string_view transport_name(Transport transport);  // "tcp", "udp"

// Those of a line with these applications (by the IANA registry of service names; both of one that is not known) and
// ports; none: any protocol, as neither is named.
[[nodiscard]] std::vector<Transport> transports_of(const std::vector<std::string>& apps,
                                                   const std::vector<PortSpan>& ports);

// As Suricata's app-layer-protocol calls it; empty: it has no parser for it that is on by default.
[[nodiscard]] std::string_view suricata_application(std::string_view app);

}  // namespace glacis::control
