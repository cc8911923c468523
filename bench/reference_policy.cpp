#include "bench/reference_policy.h"

#include <string>

#include "glacis/v1/policy.pb.h"

namespace glacis::bench {
namespace {

v1::Prefix prefix_of(const IpAddress& address, unsigned host_bits) {
  v1::Prefix out;
  const auto wire = address.wire();
  out.set_address(std::string(wire.begin(), wire.end()));
  out.set_length(static_cast<uint32_t>(wire.size() * 8) - host_bits);
  return out;
}

void add_zone(v1::Policy& policy, unsigned number) {
  v1::Zone& zone = *policy.add_zones();
  zone.set_id("zone" + std::to_string(number));
  zone.add_models(0);
  zone.set_trust(number % 100);
  for (unsigned p = 0; p < kReferencePrefixes; ++p) *zone.add_prefixes() = prefix_of(reference_address(number, p, 0, false), 8);
  *zone.add_prefixes() = prefix_of(reference_address(number, 0, 0, true), 64);
}

void add_line(v1::Policy& policy, unsigned from, unsigned to) {
  const auto id = static_cast<uint32_t>(policy.rules_size() + 1);
  v1::FlowLine& line = *policy.add_flows();
  line.set_rule(id);
  line.mutable_from()->add_zones(from);
  line.mutable_to()->add_zones(to);
  v1::PortRange& port = *line.add_ports();
  port.set_first(443);
  port.set_last(443);
  v1::Rule& rule = *policy.add_rules();
  rule.set_id(id);
  rule.set_model("reference");
  rule.set_element("flows/f" + std::to_string(id));
  rule.set_kind(v1::RULE_KIND_FLOW);
}

}  // namespace

IpAddress reference_address(unsigned zone, unsigned prefix, unsigned host, bool ip6) {
  const auto byte = [](unsigned v) { return static_cast<uint8_t>(v); };
  if (!ip6) return IpAddress::v4(10, byte(zone), byte(prefix * 10), byte(host));
  IpAddress out;
  out.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, byte(zone), 0, 0, 0, 0, 0, 0, byte(prefix), byte(host)};
  return out;
}

ExpectedAll<std::shared_ptr<const Generation>> reference_generation() {
  v1::Policy policy;
  policy.set_language(1);
  policy.add_features("flows");
  v1::Model& model = *policy.add_models();
  model.set_id("reference");
  model.set_drift_crossing(v1::UNMODELLED_REPORT);
  model.set_drift_inside(v1::UNMODELLED_ALLOW);
  for (unsigned z = 0; z < kReferenceZones; ++z) add_zone(policy, z);
  for (unsigned z = 0; z < kReferenceZones; ++z) {
    for (unsigned p = 1; p <= kReferencePeers; ++p) add_line(policy, z, (z + p) % kReferenceZones);
  }
  return build_generation(policy.SerializeAsString(), GenerationId(1), 1, nullptr);
}

}  // namespace glacis::bench
