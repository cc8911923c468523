#include <algorithm>
#include <set>

#include "control/threat_model/path_check.h"
#include "control/threat_model/policy_writer.h"

namespace glacis::control {
namespace {

uint32_t variable(const std::string& name, std::vector<std::string>& variables) {
  if (name.empty()) return 0;
  const auto at = std::find(variables.begin(), variables.end(), name);
  if (at != variables.end()) return static_cast<uint32_t>(at - variables.begin()) + 1;
  variables.push_back(name);
  return static_cast<uint32_t>(variables.size());
}

v1::GroupKind kind_of(PathElement::Kind kind) {
  if (kind == PathElement::Kind::kAny) return v1::GROUP_KIND_ANY;
  return kind == PathElement::Kind::kAll ? v1::GROUP_KIND_ALL : v1::GROUP_KIND_THEN;
}

}  // namespace

void PolicyWriter::paths(uint32_t m) {
  for (const AbuseElement& abuse : models_[m]->abuse) {
    v1::Rule& told = rule(m, "abuse/" + abuse.id, v1::RULE_KIND_PATH, abuse.says, abuse.severity, abuse.at);
    for (const std::string& s : abuse.stride) told.add_stride(s);
    for (const std::string& a : abuse.attack) told.add_attack(a);
    for (const std::string& r : abuse.respond) told.add_respond(r);
    if (!abuse.owner.empty()) told.set_owner(abuse.owner);
    if (abuse.path) path(m, abuse, told.id());
  }
}

void PolicyWriter::path(uint32_t m, const AbuseElement& abuse, uint32_t rule) {
  v1::AbusePath* out = policy_.add_paths();
  out->set_rule(rule);
  out->set_model(m);
  out->set_id(abuse.id);
  std::vector<std::string> variables;
  path_group(m, *abuse.path, *out->mutable_root(), variables);
  out->set_enforced(runs(*abuse.path));
  for (const std::string& name : variables) out->add_variables(name);
  // Of `any` each branch completes the path: its one point is the end.
  const bool any = abuse.path->kind == PathElement::Kind::kAny;
  std::set<uint32_t> points = {any ? 1 : static_cast<uint32_t>(abuse.path->nodes.size())};
  for (const AlertPoint& point : abuse.alert_at) {
    if (!any) points.insert(point.node);
  }
  for (const uint32_t point : points) out->add_alert_at(point);
  if (!out->enforced()) blind_cases_.push_back({m, &abuse});
}

void PolicyWriter::hunts(uint32_t m) {
  for (const HuntElement& hunt : models_[m]->hunts) {
    if (hunt.run.empty()) continue;
    v1::AbusePath* out = policy_.add_paths();
    out->set_rule(rule(m, "hunts/" + hunt.id, v1::RULE_KIND_PATH, hunt.ask, v1::SEVERITY_INFO, hunt.at).id());
    out->set_model(m);
    out->set_id(hunt.id);
    out->set_each(true);
    out->add_alert_at(1);
    out->set_enforced(hunt.run[0].enforced);
    out->mutable_root()->set_kind(v1::GROUP_KIND_THEN);
    StepElement asked = hunt.run[0];
    asked.id = hunt.id;
    std::vector<std::string> variables;
    path_step(m, asked, *out->mutable_root()->add_nodes()->mutable_step(), variables);
    for (const std::string& name : variables) out->add_variables(name);
  }
}

void PolicyWriter::path_group(uint32_t m, const PathElement& from, v1::Group& out,
                              std::vector<std::string>& variables) {
  out.set_id(from.id);
  out.set_kind(kind_of(from.kind));
  out.set_within_ns(from.within_ns);
  out.set_gap_ns(from.gap_ns);
  out.set_optional(from.optional);
  for (const std::string& a : from.attack) out.add_attack(a);
  for (const PathElement& node : from.nodes) path_node(m, node, out, variables);
}

void PolicyWriter::path_node(uint32_t m, const PathElement& from, v1::Group& into,
                             std::vector<std::string>& variables) {
  v1::Node* node = into.add_nodes();
  if (from.kind == PathElement::Kind::kStep) {
    path_step(m, from.step, *node->mutable_step(), variables);
  } else if (from.enforced) {
    path_group(m, from, *node->mutable_group(), variables);
  } else {
    // A way of joining steps that no sensor knows is carried as one step that none can see.
    StepElement carried;
    carried.id = from.id;
    carried.at = from.at;
    carried.verb = from.kind == PathElement::Kind::kAll ? "all" : "unless";
    carried.source = from.source;
    carried.enforced = false;
    carried.optional = from.optional;
    carried.gap_ns = from.gap_ns;
    carried.attack = from.attack;
    path_step(m, carried, *node->mutable_step(), variables);
  }
}

void PolicyWriter::path_step(uint32_t m, const StepElement& from, v1::Step& out, std::vector<std::string>& variables) {
  out.set_id(from.id);
  out.set_verb(from.verb);
  out.set_source(from.source);
  out.set_enforced(from.enforced);
  out.set_optional(from.optional);
  out.set_gap_ns(from.gap_ns);
  for (const std::string& a : from.attack) out.add_attack(a);
  for (const std::string& is : from.is) out.add_is(is);
  set_line(from.at, out.mutable_line());
  if (!from.enforced) return;
  *out.mutable_from() = ends(m, from.from);
  *out.mutable_to() = ends(m, from.to);
  if (!from.flow_line.empty()) out.set_flow_line_plus1(flow_.at({m, from.flow_line}) + 1);
  add_ports(from.ports, out);
  if (from.verb == "content") out.add_patterns(pattern(from.pattern, false, v1::EVIDENCE_POLICY_FULL, from.pattern_at));
  for (const std::string& anomaly : from.anomalies) out.add_anomalies(anomaly);
  out.set_from_var_plus1(variable(from.from_variable, variables));
  out.set_to_var_plus1(variable(from.to_variable, variables));
}

}  // namespace glacis::control
