#include "sensor/alert/sentence.h"

#include "dataplane/packet/layers.h"
#include "sensor/alert/names.h"

namespace glacis::sensor {
namespace {

bool has_ports(uint32_t protocol) {
  return protocol == kIpProtoTcp || protocol == kIpProtoUdp || protocol == kIpProtoSctp;
}

// "pay-portal/db" is "db" to its readers; the model stands in the alert.
std::string asset_name(const std::string& id) {
  const size_t slash = id.rfind('/');
  return slash == std::string::npos ? id : id.substr(slash + 1);
}

std::string address_and_port(const v1::End& end, uint32_t port, uint32_t protocol) {
  if (!has_ports(protocol)) return end_text(end) + " (" + protocol_text(protocol) + ")";
  const std::string address = address_text(end.address());
  std::string out = end_text(end);
  if (end.address().size() == 16) {
    out.resize(out.size() - address.size());
    out.append(1, '[').append(address).append(1, ']');
  }
  return out + ":" + service_text(port, protocol);
}

std::string what_happened(const v1::Alert& alert) {
  const std::string from = end_text(alert.initiator());
  const std::string to = address_and_port(alert.responder(), alert.responder().port(), alert.ip_protocol());
  switch (alert.outcome()) {
    case v1::OUTCOME_REFUSED:
      return from + " tried to reach " + to + ", refused";
    case v1::OUTCOME_UNANSWERED:
      return from + " tried to reach " + to + ", unanswered";
    case v1::OUTCOME_ESTABLISHED:
      return from + " reached " + to + ", established";
    case v1::OUTCOME_DATA:
      return from + " reached " + to + ", data moved";
    default:
      return from + " tried to reach " + to;
  }
}

std::string path_text(const v1::Alert& alert) {
  const v1::PathProgress& path = alert.path();
  std::string out = path.complete()
                        ? "all " + std::to_string(path.steps()) + " steps of '"
                        : "step " + std::to_string(path.step()) + " of " + std::to_string(path.steps()) + " of '";
  const std::string& element = alert.rule().element();
  const size_t slash = element.rfind('/');
  out += element.substr(slash == std::string::npos ? 0 : slash + 1) + " " + alert.rule().sentence() + "'";
  if (path.next_size() != 0) {
    out += ", next: ";
    for (int i = 0; i < path.next_size(); ++i) out += (i == 0 ? "" : " or ") + path.next(i);
  }
  return out;
}

}  // namespace

std::string end_text(const v1::End& end) {
  std::string out = end.zone().empty() ? "unknown" : end.zone();
  if (end.assets_size() != 0) out.append(1, '/').append(asset_name(end.assets(0)));
  return out.append(1, ' ').append(address_text(end.address()));
}

std::string service_text(uint32_t port, uint32_t ip_protocol) {
  if (!has_ports(ip_protocol)) return protocol_text(ip_protocol);
  return std::to_string(port) + "/" + protocol_text(ip_protocol);
}

std::string sentence_of(const v1::Alert& alert) {
  std::string out = what_happened(alert) + ": ";
  out += alert.has_path() ? path_text(alert) : alert.rule().sentence();
  if (alert.rule().kind() == v1::RULE_KIND_FLOW) out += ", but not now: it has ended, or these are not its hours";
  if (alert.flow().direction_assumed()) out += " (who started it is assumed)";
  return out;
}

}  // namespace glacis::sensor
