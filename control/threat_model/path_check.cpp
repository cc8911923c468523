#include "control/threat_model/path_check.h"

#include <algorithm>
#include <set>
#include <string>

#include "control/threat_model/places.h"

namespace glacis::control {
namespace {

class PathCheck {
 public:
  PathCheck(const Model& model, std::vector<Diagnostic>& diagnostics)
      : model_(model), diagnostics_(diagnostics), places_(model) {}

  void check(const AbuseElement& abuse) {
    steps_ = 0;
    variables_.clear();
    told_alternatives_ = false;
    alternatives(*abuse.path, true);
    const PathElement& root = *abuse.path;
    if (root.kind == PathElement::Kind::kAny) {
      for (const PathElement& branch : root.nodes) {
        if (allowed(branch)) alerts_on_normal_work(branch.at);
      }
      return;
    }
    for (const AlertPoint& point : abuse.alert_at) {
      if (point.node < root.nodes.size() && reached_by_allowed(root, point.node)) alerts_on_normal_work(point.at);
    }
    if (!root.nodes.empty() && reached_by_allowed(root, root.nodes.size())) alerts_on_normal_work(root.at);
  }

 private:
  void error(Code code, std::string message, std::string hint, const Position& at) {
    diagnostics_.push_back({code, std::move(message), std::move(hint), at});
  }

  void alerts_on_normal_work(const Position& at) {
    error("normal-work", "traffic that flows allow reaches this alert point",
          "add is: [unmodelled], an aggregate or content, or alert later", at);
  }

  // Ways through a node, each a sequence of steps; on the way the other limits. Stops counting past the limit.
  size_t alternatives(const PathElement& node, bool root) {
    if (node.kind == PathElement::Kind::kStep) {
      count_step(node.step);
      return 1;
    }
    const bool any = node.kind == PathElement::Kind::kAny;
    size_t ways = any ? 0 : 1;
    for (const PathElement& inner : node.nodes) {
      const size_t more = alternatives(inner, false);
      ways = std::min(any ? ways + more : ways * more, kMostAlternatives + 1);
    }
    if (node.kind == PathElement::Kind::kAll && node.nodes.size() > kMostOfAll) {
      error("too-many", "'all' has more than 5 steps", "", node.at);
    }
    if (node.optional && !root) ++ways;
    if (ways <= kMostAlternatives || told_alternatives_) return ways;
    error("too-many", "the path has more than 64 alternatives", "fewer any: inside then:, or a case for each", node.at);
    told_alternatives_ = true;
    return ways;
  }

  void count_step(const StepElement& step) {
    if (++steps_ == kMostSteps + 1)
      error("too-many", "the path has more than 16 steps", "a case of its own for a part of it", step.at);
    if (!step.enforced) return;
    for (const std::string& name : {step.from_variable, step.to_variable}) {
      if (name.empty() || !variables_.insert(name).second || variables_.size() != kMostVariables + 1) continue;
      error("too-many", "the path has more than 8 variables", "", step.at);
    }
  }

  // Whether traffic that `flows` lines allow satisfies everything required up to the k-th top-level node.
  [[nodiscard]] bool reached_by_allowed(const PathElement& root, size_t k) const {
    for (size_t i = 0; i < k; ++i) {
      const bool needed = !root.nodes[i].optional || i + 1 == k;
      if (needed && !allowed(root.nodes[i])) return optional_end(root, i, k);
    }
    return true;
  }

  // The last point is also reached without its optional last node.
  [[nodiscard]] bool optional_end(const PathElement& root, size_t failed, size_t k) const {
    if (failed + 1 != k || k != root.nodes.size() || !root.nodes[failed].optional) return false;
    return std::any_of(root.nodes.begin(), root.nodes.end(), [](const PathElement& n) { return !n.optional; });
  }

  [[nodiscard]] bool allowed(const PathElement& node) const {
    const auto inner = [this](const PathElement& n) { return allowed(n); };
    switch (node.kind) {
      case PathElement::Kind::kStep:
        return allowed(node.step);
      case PathElement::Kind::kAny:
        return std::any_of(node.nodes.begin(), node.nodes.end(), inner);
      case PathElement::Kind::kThen:
      case PathElement::Kind::kAll:
        break;
    }
    return !node.nodes.empty() && std::all_of(node.nodes.begin(), node.nodes.end(),
                                              [&](const PathElement& n) { return n.optional || allowed(n); });
  }

  [[nodiscard]] bool allowed(const StepElement& step) const {
    if (step.verb != "flow" || !step.is.empty()) return false;
    if (!step.flow_line.empty()) return true;
    return std::any_of(model_.flows.begin(), model_.flows.end(), [&](const FlowElement& flow) {
      return places_.meets(flow.from, step.from) && places_.meets(flow.to, step.to) &&
             ports_meet(flow.ports, step.ports);
    });
  }

  const Model& model_;
  std::vector<Diagnostic>& diagnostics_;
  const Places places_;
  size_t steps_ = 0;
  std::set<std::string> variables_;
  bool told_alternatives_ = false;
};

}  // namespace

bool runs(const PathElement& node) {
  if (!node.enforced || node.kind == PathElement::Kind::kStep) return node.enforced;
  const auto some = std::ranges::any_of(node.nodes, runs);
  if (node.kind == PathElement::Kind::kAny) return some;
  return some && std::ranges::all_of(node.nodes, [](const PathElement& n) { return n.optional || runs(n); });
}

void check_paths(const Model& model, std::vector<Diagnostic>& diagnostics) {
  PathCheck check(model, diagnostics);
  for (const AbuseElement& abuse : model.abuse) {
    if (abuse.path) check.check(abuse);
  }
}

}  // namespace glacis::control
