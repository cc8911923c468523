#include "bench/reference_policy.h"

#include <cstdio>

#include "glacis/v1/policy.pb.h"

namespace glacis::bench {
namespace {

constexpr int64_t kHour_ns = 3'600'000'000'000;

v1::Prefix prefix_of(const IpAddress& address, unsigned host_bits) {
  v1::Prefix out;
  const auto wire = address.wire();
  out.set_address(std::string(wire.begin(), wire.end()));
  out.set_length(static_cast<uint32_t>(wire.size() * 8) - host_bits);
  return out;
}

uint32_t add_rule(v1::Policy& policy, v1::RuleKind kind, const std::string& element) {
  v1::Rule& rule = *policy.add_rules();
  rule.set_id(static_cast<uint32_t>(policy.rules_size()));
  rule.set_model("reference");
  rule.set_element(element + std::to_string(rule.id()));
  rule.set_kind(kind);
  rule.set_severity(v1::SEVERITY_MEDIUM);
  return rule.id();
}

template <class PortsHolder>
void add_port(PortsHolder& holder, uint32_t port) {
  v1::PortRange& range = *holder.add_ports();
  range.set_first(port);
  range.set_last(port);
}

void add_zone(v1::Policy& policy, unsigned number) {
  v1::Zone& zone = *policy.add_zones();
  zone.set_id("zone" + std::to_string(number));
  zone.add_models(0);
  zone.set_trust(number % 100);
  for (unsigned p = 0; p < kReferencePrefixes4; ++p)
    *zone.add_prefixes() = prefix_of(reference_address(number, p, 0, false), 8);
  *zone.add_prefixes() = prefix_of(reference_address(number, 0, 0, true), 64);
}

void add_line(v1::Policy& policy, unsigned from, unsigned to) {
  v1::FlowLine& line = *policy.add_flows();
  line.set_rule(add_rule(policy, v1::RULE_KIND_FLOW, "flows/f"));
  line.mutable_from()->add_zones(from);
  line.mutable_to()->add_zones(to);
  add_port(line, 80);
  add_port(line, 443);
}

void add_never(v1::Policy& policy, unsigned from, unsigned to) {
  v1::NeverLine& line = *policy.add_nevers();
  line.set_rule(add_rule(policy, v1::RULE_KIND_NEVER, "never/n"));
  line.mutable_from()->add_zones(from);
  line.mutable_to()->add_zones(to);
  line.set_enforced(true);
}

v1::Step& add_step(v1::Group& root, const std::string& verb, unsigned from) {
  v1::Step& step = *root.add_nodes()->mutable_step();
  step.set_id("s" + std::to_string(root.nodes_size()));
  step.set_verb(verb);
  step.set_enforced(true);
  step.mutable_from()->add_zones(from);
  return step;
}

// Someone reaches the next zone, the next one shows a pattern to the one after, and that talks
// where no line says.
void add_path(v1::Policy& policy, unsigned number) {
  const unsigned first = number * (kReferenceZones / kReferencePaths);  // the same share at any size
  v1::AbusePath& path = *policy.add_paths();
  path.set_rule(add_rule(policy, v1::RULE_KIND_PATH, "abuse/p"));
  path.set_id("P" + std::to_string(number));
  path.set_enforced(true);
  v1::Group& root = *path.mutable_root();
  root.set_kind(v1::GROUP_KIND_THEN);
  root.set_within_ns(kHour_ns);
  v1::Step& reach = add_step(root, "flow", first);
  reach.mutable_to()->add_zones(first + 1);
  add_port(reach, 443);
  v1::Step& content = add_step(root, "content", first + 1);
  content.mutable_to()->add_zones(first + 2);
  add_port(content, 80);
  for (unsigned p = 0; p < kPatternsPerPath; ++p) content.add_patterns(number * kPatternsPerPath + p);
  v1::Step& leave = add_step(root, "flow", first + 2);
  leave.mutable_to()->set_all(true);
  leave.add_is("unmodelled");
}

void add_data_class(v1::Policy& policy, unsigned times) {
  v1::DataClass& data = *policy.add_data();
  data.set_rule(add_rule(policy, v1::RULE_KIND_DATA, "data/d"));
  data.set_id("everything");
  for (unsigned p = 0; p < kReferencePatterns * times; ++p) data.add_patterns(p);
}

v1::Policy reference_policy(Inspect inspect, unsigned times, unsigned patterns) {
  const unsigned zones = kReferenceZones * times;
  v1::Policy policy;
  policy.set_language(1);
  for (const char* feature : {"content-payload", "flows", "never", "path-then"}) policy.add_features(feature);
  v1::Model& model = *policy.add_models();
  model.set_id("reference");
  model.set_drift_crossing(v1::UNMODELLED_REPORT);
  model.set_drift_inside(v1::UNMODELLED_ALLOW);
  for (unsigned z = 0; z < zones; ++z) add_zone(policy, z);
  for (unsigned z = 0; z < zones; ++z) {
    for (unsigned p = 1; p <= kReferencePeers; ++p) add_line(policy, z, (z + p) % zones);
    add_never(policy, z, (z + zones / 2) % zones);
  }
  for (unsigned p = 0; p < kReferencePatterns * times; ++p) {
    v1::Pattern& pattern = *policy.add_patterns();
    pattern.set_expression(reference_pattern(p + patterns * 10'000));
    pattern.set_field(v1::FIELD_PAYLOAD);
  }
  for (unsigned p = 0; p < kReferencePaths * times; ++p) add_path(policy, p);
  if (inspect == Inspect::kEverything) add_data_class(policy, times);
  return policy;
}

}  // namespace

IpAddress reference_address(unsigned zone, unsigned prefix, unsigned host, bool ip6) {
  const auto byte = [](unsigned v) { return static_cast<uint8_t>(v); };
  if (!ip6) return IpAddress::v4(byte(10 + zone / 250), byte(zone % 250), byte(prefix * 10), byte(host));
  IpAddress out;
  out.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, byte(zone >> 8), byte(zone), 0, 0, 0, 0, 0, 0, byte(prefix), byte(host)};
  return out;
}

// Literals, words in any case, classes, bounded repeats: what content rules are made of.
std::string reference_pattern(unsigned number) {
  static constexpr const char* kKinds[] = {"X-Token-%03u: ", "(?i)union\\s+select\\s+col%03u",
                                           "/cgi-bin/app%03u\\.(php|pl|asp)", "key%03u=[0-9a-f]{32}",
                                           "%03u-secret-[A-Z]{4,12}"};
  char text[64];
  std::snprintf(text, sizeof text, kKinds[number % std::size(kKinds)], number);
  return text;
}

std::string reference_policy_name(const Generation& generation) {
  const v1::Policy& policy = generation.policy();
  int prefixes = 0;
  for (const v1::Zone& zone : policy.zones()) prefixes += zone.prefixes_size();
  return std::to_string(policy.zones_size()) + " zones, " + std::to_string(prefixes) + " prefixes, " +
         std::to_string(policy.flows_size() + policy.nevers_size()) + " rules, " +
         std::to_string(policy.patterns_size()) + " patterns, " + std::to_string(policy.paths_size()) + " paths";
}

std::string reference_policy_bytes(Inspect inspect, unsigned times, unsigned patterns) {
  return reference_policy(inspect, times, patterns).SerializeAsString();
}

Expected<std::shared_ptr<const Generation>> reference_generation(Inspect inspect, const Generation* previous,
                                                                 unsigned times) {
  auto out = build_generation(reference_policy_bytes(inspect, times, 0), GenerationId(1), 1, previous);
  if (!out) return std::unexpected(out.error().front());
  return std::move(*out);
}

}  // namespace glacis::bench
