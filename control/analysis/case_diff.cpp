#include <algorithm>

#include "control/analysis/element_diff.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Grows = KeyDiff::Grows;
using None = KeyDiff::None;

constexpr Grows kMoreWanted = Grows::kNarrower;  // conditions: of more of them less is left

void compare_steps(const StepElement& a, const StepElement& b, KeyDiff& keys);

// What stands in `of`, `unless`, `run`: one step or none.
void compare_inner(const std::string& key, const std::vector<StepElement>& a, const std::vector<StepElement>& b,
                   KeyDiff& keys) {
  if (a.empty() != b.empty()) {
    keys.value(key, a.empty() ? "" : a[0].source, b.empty() ? "" : b[0].source);
  } else if (!a.empty()) {
    keys.inside(key, [&](KeyDiff& inner) { compare_steps(a[0], b[0], inner); });
  }
}

// `to` is also where resolve() puts the place that `flow` names.
EndNames said_to(const StepElement& step) { return step.to == step.target ? EndNames{} : step.to; }

void compare_ends(const StepElement& a, const StepElement& b, KeyDiff& keys) {
  if (a.flow_line.empty() && b.flow_line.empty()) {
    keys.ends(a.verb, a.target, b.target);
  } else {
    keys.value(a.verb, joined(a.target), joined(b.target));
  }
  keys.ends("from", a.from, b.from);
  keys.ends("to", said_to(a), said_to(b));
  keys.ports("port", a.ports, b.ports);
  keys.value("from $", a.from_variable, b.from_variable);
  keys.value("to $", a.to_variable, b.to_variable);
  keys.names("as", a.as, b.as, None::kAny);
  keys.value("as $", a.as_variable, b.as_variable);
  keys.value("gets $", a.gets_variable, b.gets_variable);
}

KeyDiff::Amount amount_of(const std::string& over) {
  return {static_cast<int64_t>(std::min<uint64_t>(amount(over).value_or(0), INT64_MAX)), over};
}

void compare_steps(const StepElement& a, const StepElement& b, KeyDiff& keys) {
  if (a.verb != b.verb) {
    keys.value("verb", a.source, b.source);
    return;
  }
  compare_ends(a, b, keys);
  keys.value(a.verb, a.words, b.words);
  keys.value(a.verb, a.pattern, b.pattern);
  keys.value(a.verb, a.aggregate, b.aggregate);
  keys.names(a.verb, a.anomalies, b.anomalies);
  keys.names("is", a.is, b.is, None::kNothing, kMoreWanted);
  keys.names("in", a.fields, b.fields);
  keys.value("interface", a.interface, b.interface);
  keys.names("outside", a.outside, b.outside, None::kNothing, kMoreWanted);
  keys.names("see", a.see, b.see, None::kNothing, Grows::kNone);
  keys.flag("optional", a.optional, b.optional);
  keys.amount("gap", span_amount(a.gap_ns), span_amount(b.gap_ns),
              a.gap_ns != 0 && b.gap_ns != 0 ? Grows::kWider : Grows::kNone);
  keys.amount("within", span_amount(a.within_ns), span_amount(b.within_ns), Grows::kWider);
  keys.amount("over", amount_of(a.over), amount_of(b.over), Grows::kNarrower);
  compare_inner("of", a.of, b.of, keys);
  compare_inner("unless", a.unless, b.unless, keys);
  keys.names("attack", a.attack, b.attack, None::kNothing, Grows::kNone);
  keys.text("says", a.says, b.says);
}

// Nodes of a path by name: a step's and a group's id; a group without one by its first step: "any(volume)".
struct NamedNode {
  std::string name;
  const PathElement* node;
};

constexpr std::string_view kKinds[] = {"step", "then", "all", "any"};  // by PathElement::Kind

std::string kind_of(const PathElement& node) { return std::string(kKinds[static_cast<size_t>(node.kind)]); }

const PathElement& first_step(const PathElement& node) {
  return node.nodes.empty() ? node : first_step(node.nodes.front());
}

std::string name_of(const PathElement& node) {
  return node.id.empty() ? "group(" + first_step(node).id + ")" : node.id;
}

void flatten(const PathElement& node, std::vector<NamedNode>& out) {
  for (const PathElement& inner : node.nodes) {
    out.push_back({name_of(inner), &inner});
    flatten(inner, out);
  }
}

const PathElement* find(const std::vector<NamedNode>& nodes, const std::string& name) {
  const auto found = std::ranges::find(nodes, name, &NamedNode::name);
  return found == nodes.end() ? nullptr : found->node;
}

std::string steps_of(const PathElement& group) {
  std::vector<std::string> names;
  for (const PathElement& node : group.nodes) names.push_back(name_of(node));
  // Only `then` has an order.
  if (group.kind != PathElement::Kind::kThen) std::ranges::sort(names);
  return kind_of(group) + " " + joined(names);
}

void compare_groups(const PathElement& a, const PathElement& b, KeyDiff& keys) {
  keys.value("steps", steps_of(a), steps_of(b));
  keys.amount("within", span_amount(a.within_ns), span_amount(b.within_ns),
              a.within_ns != 0 && b.within_ns != 0 ? Grows::kWider : Grows::kNone);
  keys.amount("gap", span_amount(a.gap_ns), span_amount(b.gap_ns),
              a.gap_ns != 0 && b.gap_ns != 0 ? Grows::kWider : Grows::kNone);
  keys.flag("optional", a.optional, b.optional);
  compare_inner("unless", a.unless, b.unless, keys);
  keys.names("attack", a.attack, b.attack, None::kNothing, Grows::kNone);
}

void compare_nodes(const PathElement& a, const PathElement& b, KeyDiff& keys) {
  const bool step = a.kind == PathElement::Kind::kStep;
  if (step != (b.kind == PathElement::Kind::kStep)) {
    keys.value("kind", kind_of(a), kind_of(b));
  } else if (step) {
    compare_steps(a.step, b.step, keys);
  } else {
    compare_groups(a, b, keys);
  }
}

void compare_paths(const PathElement& a, const PathElement& b, KeyDiff& keys) {
  std::vector<NamedNode> before, after;
  flatten(a, before);
  flatten(b, after);
  compare_nodes(a, b, keys);
  for (const auto& [name, node] : before) {
    const PathElement* other = find(after, name);
    if (other == nullptr)
      keys.value(name, node->kind == PathElement::Kind::kStep ? node->step.source : kind_of(*node), "");
    if (other != nullptr) keys.inside(name, [&](KeyDiff& inner) { compare_nodes(*node, *other, inner); });
  }
  for (const auto& [name, node] : after) {
    if (find(before, name) == nullptr)
      keys.value(name, "", node->kind == PathElement::Kind::kStep ? node->step.source : kind_of(*node));
  }
}

// The last node is always one.
std::vector<std::string> alert_points(const AbuseElement& abuse) {
  std::vector<std::string> out;
  const size_t last = abuse.path ? abuse.path->nodes.size() : 0;
  for (const AlertPoint& point : abuse.alert_at) {
    if (point.node < last) out.push_back(name_of(abuse.path->nodes[point.node - 1]));
  }
  out.emplace_back("all");
  return out;
}

KeyDiff::Amount score(uint32_t number) { return {number, number == 0 ? "" : std::to_string(number)}; }

std::string dread_text(const Risk& risk) {
  std::vector<std::string> out;
  for (const uint32_t one : risk.dread) out.push_back(std::to_string(one));
  return joined(out);
}

}  // namespace

void compare(const AbuseElement& a, const AbuseElement& b, KeyDiff& keys) {
  keys.value("severity", word_at(a.severity, Vocabulary::kSeverity), word_at(b.severity, Vocabulary::kSeverity));
  if (a.path && b.path) {
    compare_paths(*a.path, *b.path, keys);
    keys.names("alert_at", alert_points(a), alert_points(b));
  } else {
    keys.value("path", a.path ? a.path->source : "", b.path ? b.path->source : "");
  }
  const Risk before = a.risk.value_or(Risk()), after = b.risk.value_or(Risk());
  keys.inside("risk", [&](KeyDiff& inner) {
    inner.amount("likelihood", score(before.likelihood), score(after.likelihood));
    inner.amount("impact", score(before.impact), score(after.impact));
    inner.amount("response", score(before.response), score(after.response));
    inner.value("dread", dread_text(before), dread_text(after));
  });
  keys.names("stride", a.stride, b.stride, None::kNothing, Grows::kNone);
  keys.names("attack", a.attack, b.attack, None::kNothing, Grows::kNone);
  keys.names("respond", a.respond, b.respond, None::kNothing, Grows::kNone);
  keys.value("owner", a.owner, b.owner);
  keys.text("says", a.says, b.says);
  keys.text("goal", a.goal, b.goal);
}

void compare(const ControlElement& a, const ControlElement& b, KeyDiff& keys) {
  keys.value("status", a.active ? "active" : "planned", b.active ? "active" : "planned");
  keys.value("strength", std::to_string(a.strength), std::to_string(b.strength));
  keys.names("covers", a.covers, b.covers);
  keys.value("d3fend", a.d3fend, b.d3fend);
  keys.value("csf", a.csf, b.csf);
  keys.value("owner", a.owner, b.owner);
  keys.text("says", a.says, b.says);
}

void compare(const FindingElement& a, const FindingElement& b, KeyDiff& keys) {
  keys.names("at", a.at_elements, b.at_elements);
  keys.names("abuse", a.abuse, b.abuse);
  keys.names("decide", a.decide, b.decide, None::kNothing, Grows::kNone);
  keys.names("requires", a.requirements, b.requirements, None::kNothing, Grows::kNone);
  keys.value("owner", a.owner, b.owner);
  keys.amount("due", date_amount(a.due_s), date_amount(b.due_s));
  keys.value("ticket", a.ticket, b.ticket);
  keys.text("says", a.says, b.says);
}

void compare(const Acceptance& a, const Acceptance& b, KeyDiff& keys) {
  keys.amount("until", date_amount(a.until_s), date_amount(b.until_s), Grows::kWider);
  keys.value("by", a.by, b.by);
  keys.value("asked_by", a.asked_by, b.asked_by);
  keys.names("meanwhile", a.meanwhile, b.meanwhile, None::kNothing, Grows::kNone);
  keys.text("why", a.why, b.why);
}

void compare(const AssumptionElement& a, const AssumptionElement& b, KeyDiff& keys) {
  keys.inside("prove", [&](KeyDiff& inner) {
    inner.ends("from", a.from, b.from);
    inner.ends("to", a.to, b.to);
    inner.ports("port", a.ports, b.ports);
    inner.names("app", a.apps, b.apps, None::kAny);
    inner.names("identity", a.identities, b.identities, None::kAny);
    inner.ends("only_from", a.only_from, b.only_from);
    inner.amount("for", span_amount(a.for_ns), span_amount(b.for_ns));
  });
  keys.flag("prove", a.monitored, b.monitored);
  keys.value("owner", a.owner, b.owner);
  keys.text("says", a.says, b.says);
}

void compare(const RequirementElement& a, const RequirementElement& b, KeyDiff& keys) {
  keys.value("kind", a.kind, b.kind);
  keys.inside("verify", [&](KeyDiff& inner) {
    inner.names("clean", a.clean, b.clean);
    inner.value("seen", a.seen, b.seen);
    inner.names("at", a.at_elements, b.at_elements);
    inner.names("fires", a.fires, b.fires);
    inner.amount("for", span_amount(a.for_ns), span_amount(b.for_ns));
    inner.amount("within", span_amount(a.within_ns), span_amount(b.within_ns));
  });
  keys.flag("verify", a.verified, b.verified);
  keys.value("source", a.source, b.source);
  keys.value("owner", a.owner, b.owner);
  keys.text("says", a.says, b.says);
}

void compare(const HuntElement& a, const HuntElement& b, KeyDiff& keys) {
  compare_inner("run", a.run, b.run, keys);
  keys.amount("over", span_amount(a.over_ns), span_amount(b.over_ns));
  keys.value("owner", a.owner, b.owner);
  keys.text("ask", a.ask, b.ask);
}

void compare(const AnswerElement& a, const AnswerElement& b, KeyDiff& keys) {
  keys.value("owner", a.owner, b.owner);
  keys.text("why", a.why, b.why);
}

}  // namespace glacis::control
