#include "control/exchange/path_alternatives.h"

#include <algorithm>

namespace glacis::control {
namespace {

using Kind = PathElement::Kind;
using Alternatives = std::vector<PathAlternative>;

int64_t narrower(int64_t a_ns, int64_t b_ns) { return a_ns == 0 ? b_ns : b_ns == 0 ? a_ns : std::min(a_ns, b_ns); }

class Lifter {
 public:
  Lifter(const Model& model, const AbuseElement& abuse, Losses& losses)
      : model_(model), element_("abuse/" + abuse.id), losses_(losses) {}

  Alternatives lift(const PathElement& node) {
    if (!node.unless.empty()) lost(node.at, "unless of a group: what ends a match does not end it");
    switch (node.kind) {
      case Kind::kStep:
        return step(node.step);
      case Kind::kAny:
        return any(node);
      case Kind::kThen:
      case Kind::kAll:
        return every(node);
    }
    return {};
  }

 private:
  void lost(const Position& at, std::string what) { losses_.add(model_.id, element_, at, std::move(what)); }

  Alternatives step(const StepElement& step) {
    if (step.gap_ns != 0) lost(step.at, "gap of " + step.id + ": only the window of the whole path holds");
    if (!step.unless.empty()) lost(step.at, "unless of " + step.id + ": what ends a match does not end it");
    return {{true, 0, {&step}}};
  }

  Alternatives any(const PathElement& node) {
    Alternatives out;
    for (const PathElement& inner : node.nodes) {
      for (PathAlternative& one : lift(inner)) out.push_back(std::move(one));
    }
    for (PathAlternative& one : out) one.within_ns = narrower(one.within_ns, node.within_ns);
    return out;
  }

  // Each way of the first node with each way of the second, and so on.
  Alternatives every(const PathElement& node) {
    Alternatives out = {{node.kind == Kind::kThen, node.within_ns, {}}};
    for (const PathElement& inner : node.nodes) {
      if (inner.optional) {
        lost(inner.at, "the optional " + (inner.id.empty() ? "group" : inner.id) + " is left out");
        continue;
      }
      Alternatives longer;
      for (const PathAlternative& head : out) {
        for (const PathAlternative& tail : lift(inner)) longer.push_back(chained(head, tail, inner));
      }
      out = std::move(longer);
    }
    return out;
  }

  PathAlternative chained(PathAlternative head, const PathAlternative& tail, const PathElement& inner) {
    if (tail.within_ns != 0 && tail.steps.size() > 1)
      lost(inner.at, "the window of an inner group: only that of the whole path holds");
    if (tail.steps.size() > 1 && tail.ordered != head.ordered) {
      lost(inner.at, "the order of an inner group: the whole path is in any order");
      head.ordered = false;
    }
    head.steps.insert(head.steps.end(), tail.steps.begin(), tail.steps.end());
    return head;
  }

  const Model& model_;
  std::string element_;
  Losses& losses_;
};

// What a step's variables stand for; of an aggregate: those of what it is of.
std::vector<std::pair<std::string, Join::Role>> variables(const StepElement& step) {
  const StepElement& inner = step.of.empty() ? step : step.of[0];
  std::vector<std::pair<std::string, Join::Role>> out;
  if (!inner.from_variable.empty()) out.emplace_back(inner.from_variable, Join::Role::kSource);
  if (!inner.to_variable.empty()) out.emplace_back(inner.to_variable, Join::Role::kDestination);
  return out;
}

}  // namespace

std::vector<PathAlternative> alternatives_of(const Model& model, const AbuseElement& abuse, Losses& losses) {
  if (!abuse.path) return {};
  Alternatives out = Lifter(model, abuse, losses).lift(*abuse.path);
  const bool early = std::ranges::any_of(
      abuse.alert_at, [&](const AlertPoint& point) { return point.node < abuse.path->nodes.size(); });
  if (early) losses.add(model.id, "abuse/" + abuse.id, abuse.at, "alert_at: only the whole path alerts");
  std::erase_if(out, [](const PathAlternative& one) { return one.steps.empty(); });
  return out;
}

std::vector<Join> joins(const StepElement& first, const StepElement& second) {
  std::vector<Join> out;
  for (const auto& [a, role_a] : variables(first)) {
    for (const auto& [b, role_b] : variables(second)) {
      if (a == b) out.push_back({a, role_a, role_b});
    }
  }
  return out;
}

}  // namespace glacis::control
