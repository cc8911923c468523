#include <algorithm>

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

const std::string& id_of(const PathElement& node) { return node.kind == PathElement::Kind::kStep ? node.step.id : node.id; }

v1::GroupKind kind_of(PathElement::Kind kind) {
  if (kind == PathElement::Kind::kAny) return v1::GROUP_KIND_ANY;
  return kind == PathElement::Kind::kAll ? v1::GROUP_KIND_ALL : v1::GROUP_KIND_THEN;
}

}  // namespace

void PolicyWriter::paths(uint32_t m) {
  for (const AbuseElement& abuse : models_[m].abuse) {
    const uint32_t id = rule(m, "abuse/" + abuse.id, v1::RULE_KIND_PATH, abuse.says, abuse.severity, abuse.at);
    for (const std::string& s : abuse.stride) last_rule().add_stride(s);
    for (const std::string& a : abuse.attack) last_rule().add_attack(a);
    for (const std::string& r : abuse.respond) last_rule().add_respond(r);
    if (!abuse.path) continue;
    v1::AbusePath* out = policy_.add_paths();
    out->set_rule(id);
    out->set_model(m);
    out->set_id(abuse.id);
    std::vector<std::string> variables;
    out->set_enforced(path_group(m, *abuse.path, *out->mutable_root(), variables));
    for (const std::string& name : variables) out->add_variables(name);
    const auto& nodes = abuse.path->nodes;
    const bool any = abuse.path->kind == PathElement::Kind::kAny;
    for (const std::string& point : abuse.alert_at) {
      if (point == "all" || any) continue;
      const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const PathElement& n) { return id_of(n) == point; });
      if (at == nodes.end()) {
        faults_.push_back({"alert_at names no step '" + point + "'", models_[m].file + ":" + std::to_string(abuse.at.line), ""});
      } else {
        out->add_alert_at(static_cast<uint32_t>(at - nodes.begin()) + 1);
      }
    }
    out->add_alert_at(any ? 1 : static_cast<uint32_t>(nodes.size()));
    if (out->enforced()) continue;
    v1::NotEnforced* missing = policy_.add_not_enforced();
    missing->set_model(models_[m].id);
    missing->set_element("abuse/" + abuse.id);
    missing->set_needs("a required step that cannot be seen yet");
    missing->mutable_line()->set_file(abuse.at.file);
    missing->mutable_line()->set_line(abuse.at.line);
    missing->mutable_line()->set_column(abuse.at.column);
  }
}

// Writes a group and says whether it can be enforced: of `any` one branch must, of the others every
// required step.
bool PolicyWriter::path_group(uint32_t m, const PathElement& from, v1::Group& out, std::vector<std::string>& variables) {
  out.set_id(from.id);
  out.set_kind(kind_of(from.kind));
  out.set_within_ns(from.within_ns);
  out.set_gap_ns(from.gap_ns);
  out.set_optional(from.optional);
  for (const std::string& a : from.attack) out.add_attack(a);
  bool some = false, all = from.kind != PathElement::Kind::kAll;
  for (const PathElement& node : from.nodes) {
    const bool enforced = path_node(m, node, out, variables);
    some |= enforced;
    all &= enforced || node.optional;
  }
  return from.kind == PathElement::Kind::kAny ? some : all && some;
}

bool PolicyWriter::path_node(uint32_t m, const PathElement& from, v1::Group& into, std::vector<std::string>& variables) {
  v1::Node* node = into.add_nodes();
  if (from.kind != PathElement::Kind::kStep) return path_group(m, from, *node->mutable_group(), variables);
  path_step(m, from.step, *node->mutable_step(), variables);
  return from.step.enforced;
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
  out.mutable_line()->set_file(from.at.file);
  out.mutable_line()->set_line(from.at.line);
  out.mutable_line()->set_column(from.at.column);
  if (!from.enforced) return;
  *out.mutable_from() = ends(m, {from.from});
  const auto line = flow_.find(models_[m].id + "/" + from.target);
  if (line != flow_.end()) {
    out.set_flow_line_plus1(line->second + 1);
    out.mutable_to()->set_all(true);
  } else {
    *out.mutable_to() = ends(m, {from.target});
  }
  for (const PortSpan& p : from.ports) {
    v1::PortRange* range = out.add_ports();
    range->set_first(p.first);
    range->set_last(p.last);
  }
  if (from.verb == "content") out.add_patterns(pattern(from.pattern, false, v1::EVIDENCE_POLICY_FULL));
  out.set_from_var_plus1(variable(from.from_variable, variables));
  out.set_to_var_plus1(variable(from.to_variable, variables));
}

}  // namespace glacis::control
