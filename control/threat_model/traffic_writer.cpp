#include "control/threat_model/policy_writer.h"
#include "control/threat_model/sentence.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

std::string on_ports(const std::vector<PortSpan>& ports) { return ports.empty() ? "" : " on port " + port_text(ports); }

std::string sentence_of(const FlowElement& flow) {
  if (!flow.says.empty()) return flow.says;
  return joined(flow.from) + " may reach " + joined(flow.to) + on_ports(flow.ports);
}

}  // namespace

std::string sentence_of(const NeverElement& never) {
  std::string out = never.says;
  if (out.empty()) {
    out = never.carries.empty() ? (never.from.empty() ? "nobody" : joined(never.from)) + " must never reach " +
                                      (never.to.empty() ? "anything" : joined(never.to)) + on_ports(never.ports)
                                : joined(never.carries) + " must never travel in clear";
    if (!never.except.empty()) out += ", except " + joined(never.except);
  }
  return never.why.empty() ? out : out + ": " + never.why;
}

void PolicyWriter::data(uint32_t m) {
  for (const DataElement& d : models_[m]->data) {
    data_[{m, d.id}] = static_cast<uint32_t>(policy_.data_size());
    data_at_.push_back(d.at);
    v1::DataClass* out = policy_.add_data();
    out->set_id(models_[m]->id + "/" + d.id);
    out->set_model(m);
    out->set_class_(d.class_);
    out->set_sensitivity(d.sensitivity);
    const v1::Severity severity = d.sensitivity >= 5   ? v1::SEVERITY_CRITICAL
                                  : d.sensitivity == 4 ? v1::SEVERITY_HIGH
                                                       : v1::SEVERITY_MEDIUM;
    const std::string sentence = d.says.empty() ? d.id + " must not travel in clear where no flow carries it" : d.says;
    out->set_rule(rule(m, "data/" + d.id, v1::RULE_KIND_DATA, sentence, severity, d.at).id());
    const auto evidence = d.evidence == v1::EVIDENCE_POLICY_UNSPECIFIED ? v1::EVIDENCE_POLICY_MASKED : d.evidence;
    if (!d.pattern.empty()) out->add_patterns(pattern(d.pattern, d.check == "luhn", evidence, d.pattern_at));
  }
}

void PolicyWriter::identities(uint32_t m) {
  for (const IdentityElement& identity : models_[m]->identities) {
    identity_[{m, identity.id}] = static_cast<uint32_t>(policy_.identities_size());
    v1::Identity* out = policy_.add_identities();
    out->set_id(models_[m]->id + "/" + identity.id);
    out->set_model(m);
    out->set_kind(identity.kind);
    for (const std::string& glob : identity.seen_as) out->add_seen_as(glob);
  }
}

template <class Line>
void PolicyWriter::traffic(uint32_t m, const TrafficElement& from, Line& out) {
  out.set_model(m);
  add_ports(from.ports, out);
  for (const std::string& app : from.apps) out.add_apps(app);
  for (const std::string& d : from.carries) out.add_carries(data_.at({m, d}));
}

void PolicyWriter::flows(uint32_t m) {
  constexpr v1::Severity kMedium = v1::SEVERITY_MEDIUM;  // of a line used when it does not hold
  for (const FlowElement& flow : models_[m]->flows) {
    flow_[{m, flow.id}] = static_cast<uint32_t>(policy_.flows_size());
    v1::FlowLine* out = policy_.add_flows();
    out->set_rule(rule(m, "flows/" + flow.id, v1::RULE_KIND_FLOW, sentence_of(flow), kMedium, flow.at).id());
    traffic(m, flow, *out);
    *out->mutable_from() = widened_ends(m, flow.from);
    *out->mutable_to() = widened_ends(m, flow.to);
    if (flow.as.size() == 1) out->set_as_identity_plus1(identity_.at({m, flow.as[0]}) + 1);
    out->set_until_s(flow.until_s);
    out->set_limit(flow.limit);
    out->set_class_(flow.class_);
    if (!flow.hours) continue;
    v1::Hours* hours = out->mutable_hours();
    hours->set_tz(flow.hours->tz);
    hours->set_days(flow.hours->days);
    hours->set_start_minute(flow.hours->start_minute);
    hours->set_end_minute(flow.hours->end_minute);
  }
}

void PolicyWriter::nevers(uint32_t m) {
  for (const NeverElement& never : models_[m]->nevers) {
    v1::NeverLine* out = policy_.add_nevers();
    v1::Rule& told = rule(m, "never/" + never.id, v1::RULE_KIND_NEVER, sentence_of(never), never.severity, never.at);
    told.set_why(never.why);
    for (const std::string& s : never.stride) told.add_stride(s);
    for (const std::string& a : never.attack) told.add_attack(a);
    out->set_rule(told.id());
    traffic(m, never, *out);
    *out->mutable_from() = ends(m, never.from);
    *out->mutable_to() = ends(m, never.to);
    for (const std::string& f : never.except) out->add_except_flows(flow_.at({m, f}));
    out->set_enforced(never.enforced);
  }
}

}  // namespace glacis::control
