#include "sensor/alert/names.h"

#include <arpa/inet.h>

#include "dataplane/packet/layers.h"

namespace glacis::sensor {

std::string address_text(std::string_view wire) {
  char buffer[INET6_ADDRSTRLEN] = "?";
  if (wire.size() == 4) inet_ntop(AF_INET, wire.data(), buffer, sizeof buffer);
  if (wire.size() == 16) inet_ntop(AF_INET6, wire.data(), buffer, sizeof buffer);
  return buffer;
}

std::string address_text(const IpAddress& address) {
  const auto wire = address.wire();
  return address_text(std::string_view(reinterpret_cast<const char*>(wire.data()), wire.size()));
}

std::string protocol_text(uint32_t ip_protocol) {
  switch (ip_protocol) {
    case kIpProtoTcp:
      return "tcp";
    case kIpProtoUdp:
      return "udp";
    case kIpProtoIcmp:
      return "icmp";
    case kIpProtoIcmpV6:
      return "ipv6-icmp";
    case kIpProtoSctp:
      return "sctp";
    default:
      return std::to_string(ip_protocol);
  }
}

std::string_view outcome_text(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_ATTEMPTED:
      return "attempted";
    case v1::OUTCOME_REFUSED:
      return "refused";
    case v1::OUTCOME_UNANSWERED:
      return "unanswered";
    case v1::OUTCOME_ESTABLISHED:
      return "established";
    case v1::OUTCOME_DATA:
      return "data";
    default:
      return "unknown";
  }
}

std::string_view unscanned_text(v1::Unscanned why) {
  switch (why) {
    case v1::UNSCANNED_NO_STREAM:
      return "no_stream";
    case v1::UNSCANNED_SHED:
      return "shed";
    case v1::UNSCANNED_DEPTH:
      return "depth";
    default:
      return "unknown";
  }
}

std::string_view severity_text(v1::Severity severity) {
  switch (severity) {
    case v1::SEVERITY_INFO:
      return "info";
    case v1::SEVERITY_LOW:
      return "low";
    case v1::SEVERITY_HIGH:
      return "high";
    case v1::SEVERITY_CRITICAL:
      return "critical";
    default:
      return "medium";
  }
}

std::string_view change_text(v1::AlertChange change) {
  switch (change) {
    case v1::ALERT_CHANGE_OUTCOME:
      return "outcome";
    case v1::ALERT_CHANGE_RULES:
      return "rules";
    case v1::ALERT_CHANGE_COUNTS:
      return "counts";
    default:
      return "opened";
  }
}

}  // namespace glacis::sensor
