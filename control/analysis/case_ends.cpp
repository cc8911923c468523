#include "control/analysis/case_ends.h"

#include <algorithm>

namespace glacis::control {
namespace {

using Kind = PathElement::Kind;

bool is_traffic(const StepElement& step) { return step.verb != "mail" && step.verb != "change"; }

// The steps that can come first or last in a node, as asked.
enum class End : uint8_t { kFirst, kLast };
std::vector<const StepElement*> steps_at(End end, const PathElement& node) {
  if (node.kind == Kind::kStep)
    return is_traffic(node.step) ? std::vector{&node.step} : std::vector<const StepElement*>();
  std::vector<const StepElement*> out;
  const auto add = [&](const PathElement& inner) {
    const auto steps = steps_at(end, inner);
    out.insert(out.end(), steps.begin(), steps.end());
    return !steps.empty();
  };
  if (node.kind != Kind::kThen) {
    for (const PathElement& inner : node.nodes) add(inner);
  } else if (end == End::kFirst) {
    (void)std::any_of(node.nodes.begin(), node.nodes.end(), add);
  } else {
    (void)std::any_of(node.nodes.rbegin(), node.nodes.rend(), add);
  }
  return out;
}

const std::vector<std::string>& identities_of(const StepElement& step) {
  return step.as.empty() && !step.of.empty() ? step.of[0].as : step.as;
}

class EndFinder {
 public:
  explicit EndFinder(const Places& places) : places_(places), model_(places.model()) {}

  CaseEnds of(const AbuseElement& abuse) const {
    CaseEnds out;
    if (!abuse.path) return out;
    const auto first = steps_at(End::kFirst, *abuse.path), last = steps_at(End::kLast, *abuse.path);
    for (const CaseStep& step : steps_of(abuse, places_)) {
      if (!is_traffic(*step.step)) continue;
      if (std::ranges::find(first, step.step) != first.end()) append(begin(step), out.begins);
      out.steps.push_back(touched(step));
      out.steps.back().last = std::ranges::find(last, step.step) != last.end();
    }
    return out;
  }

 private:
  static void append(const EndNames& names, EndNames& out) {
    for (const std::string& name : names) {
      if (std::ranges::find(out, name) == out.end()) out.push_back(name);
    }
  }

  [[nodiscard]] EndNames begin(const CaseStep& step) const {
    if (!names_nothing(step.traffic.from)) return step.traffic.from;
    EndNames homes;
    for (const IdentityElement* identity : identities(*step.step)) append(identity->lives_in, homes);
    return homes.empty() ? EndNames{"any"} : homes;
  }

  [[nodiscard]] CaseEnds::Step touched(const CaseStep& step) const {
    const StepTraffic& traffic = step.traffic;
    CaseEnds::Step out;
    if (!names_nothing(traffic.from)) out.from = traffic.from;
    if (!names_nothing(traffic.to)) out.to = traffic.to;
    if (traffic.line != nullptr) out.carries = traffic.line->carries;
    if (!out.from.empty() || !out.to.empty()) return out;
    for (const IdentityElement* identity : identities(*step.step)) {
      for (const std::string& name : identity->may) {
        if (const FlowElement* line = places_.flow(name)) append(line->to, out.to);
      }
    }
    return out;
  }

  [[nodiscard]] std::vector<const IdentityElement*> identities(const StepElement& step) const {
    std::vector<const IdentityElement*> out;
    for (const IdentityElement& identity : model_.identities) {
      const auto& named = identities_of(step);
      if (std::ranges::find(named, identity.id) != named.end()) out.push_back(&identity);
    }
    return out;
  }

  const Places& places_;
  const Model& model_;
};

}  // namespace

CaseEnds ends_of(const AbuseElement& abuse, const Places& places) { return EndFinder(places).of(abuse); }

}  // namespace glacis::control
