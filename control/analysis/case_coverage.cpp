#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "control/analysis/coverage.h"
#include "control/threat_model/path_check.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

using Kind = PathElement::Kind;
using Nodes = std::vector<const PathElement*>;

Nodes required_of(const std::vector<PathElement>& nodes) {
  Nodes out;
  for (const PathElement& node : nodes) {
    if (!node.optional) out.push_back(&node);
  }
  return out;
}

// What is seen of a part of a path as a whole, and the taps of which one alone can see it so.
struct Whole {
  Sight sight = Sight::kBlind;
  std::set<std::string> taps;
  bool apart = false;  // each of its steps has a rule, and no one tap sees them all
};

// Whether other steps belong to what is judged: then what several sensors of a tap share is not seen together.
enum class Company : uint8_t { kAlone, kOthers };

class Judge {
 public:
  Judge(const CaseCoverage& coverage, const Places& places) : coverage_(coverage) {
    for (const TapElement& tap : places.model().taps) {
      if (tap.sensors.size() > 1) shared_.insert(tap.id);
    }
  }

  [[nodiscard]] Whole of(const PathElement& node, Company company) const {
    if (node.kind == Kind::kStep) return of(node.step, company);
    Nodes nodes = required_of(node.nodes);
    const bool any = node.kind == Kind::kAny || nodes.empty();
    if (!any) return together(nodes, company);
    nodes.clear();
    for (const PathElement& inner : node.nodes) nodes.push_back(&inner);
    return best(nodes, company);
  }

  [[nodiscard]] Whole together(const Nodes& nodes, Company company) const {
    Whole out;
    if (!nodes.empty()) out.sight = Sight::kEnforced;
    for (const PathElement* node : nodes) {
      Whole one = of(*node, nodes.size() > 1 ? Company::kOthers : company);
      out.sight = std::min(out.sight, one.sight);
      out.apart |= one.apart;
      if (node == nodes.front()) {
        out.taps = std::move(one.taps);
      } else {
        std::erase_if(out.taps, [&](const std::string& tap) { return !one.taps.contains(tap); });
      }
    }
    if (out.sight == Sight::kEnforced && out.taps.empty()) {
      out.sight = Sight::kMetadata;
      out.apart = true;
    }
    return out;
  }

 private:
  [[nodiscard]] Whole of(const StepElement& element, Company company) const {
    const StepCoverage& step = coverage_.step(element);
    Whole out;
    out.sight = step.sight;
    if (step.sight != Sight::kEnforced) return out;
    for (const std::string& tap : step.sighting.taps) {
      if (company == Company::kAlone || !shared_.contains(tap)) out.taps.insert(tap);
    }
    return out;
  }

  [[nodiscard]] Whole best(const Nodes& nodes, Company company) const {
    Whole out;
    for (const PathElement* node : nodes) {
      Whole one = of(*node, company);
      if (one.sight > out.sight || node == nodes.front()) {
        out = std::move(one);
      } else if (one.sight == out.sight) {
        out.taps.insert(one.taps.begin(), one.taps.end());
      }
    }
    return out;
  }

  const CaseCoverage& coverage_;
  std::set<std::string> shared_;  // taps with several sensors
};

std::string label_of(const PathElement& node) {
  if (!node.id.empty() || node.nodes.empty()) return node.id;
  std::vector<std::string> inner;
  for (const PathElement& each : node.nodes) inner.push_back(label_of(each));
  return joined(inner, "|");
}

// Why a sensor cannot run a group; empty: it can.
std::string stopped_by(const PathElement& group) {
  if (runs(group)) return "";
  const std::string stopped = "no sensor runs it yet: ";
  if (group.kind == Kind::kAll) return stopped + "'all' around it is not enforced";
  if (!group.unless.empty()) return stopped + "'unless' around it is not enforced";
  for (const PathElement& node : group.nodes) {
    if (node.optional || runs(node)) continue;
    return stopped + "'" + label_of(node) + "' is not enforced";
  }
  return stopped + "none of the steps beside it is enforced";
}

class CaseCover {
 public:
  CaseCover(const AbuseElement& abuse, const Places& places, TapSight& taps, const Needs& needs)
      : abuse_(abuse), places_(places), steps_(places, taps, needs) {}

  CaseCoverage run() {
    out_.abuse = &abuse_;
    if (!abuse_.path) {
      out_.reasons.push_back({"no-path", "it has no path: nothing says what would be seen"});
      return std::move(out_);
    }
    for (CaseStep& step : steps_of(abuse_, places_)) traffic_.emplace(step.step, std::move(step));
    walk(*abuse_.path, "");
    const Whole whole = Judge(out_, places_).of(*abuse_.path, Company::kAlone);
    out_.sight = whole.sight;
    if (whole.apart)
      out_.reasons.push_back(
          {"joining", "no one sensor sees all of its steps, and what several see is not joined yet"});
    out_.first_alert = first_alert();
    return std::move(out_);
  }

 private:
  void walk(const PathElement& node, std::string stopped) {
    if (node.kind == Kind::kStep) {
      out_.steps.push_back(
          steps_.judge(std::move(traffic_.at(&node.step)), "abuse/" + abuse_.id + "." + node.id, stopped));
      return;
    }
    if (stopped.empty()) stopped = stopped_by(node);
    for (const PathElement& inner : node.nodes) walk(inner, stopped);
  }

  [[nodiscard]] std::optional<AlertPlace> first_alert() const {
    const std::vector<PathElement>& nodes = abuse_.path->nodes;
    std::set<size_t> points;
    if (abuse_.path->kind == Kind::kAny) {
      for (size_t i = 1; i <= nodes.size(); ++i) points.insert(i);
    } else {
      points.insert(nodes.size());
      for (const AlertPoint& point : abuse_.alert_at) points.insert(point.node);
    }
    for (const size_t point : points) {
      if (point != 0 && alerts_at(point)) return AlertPlace{point, nodes.size(), label_of(nodes[point - 1])};
    }
    return std::nullopt;
  }

  // Whether all is seen that the point waits for: of `any` the branch, else what is required up to it.
  [[nodiscard]] bool alerts_at(size_t point) const {
    const std::vector<PathElement>& nodes = abuse_.path->nodes;
    const Judge judge(out_, places_);
    if (abuse_.path->kind == Kind::kAny) return judge.of(nodes[point - 1], Company::kAlone).sight == Sight::kEnforced;
    Nodes needed;
    for (size_t i = 0; i < point; ++i) {
      const bool complete = point == nodes.size() && !required_of(nodes).empty();
      if (!nodes[i].optional || (i + 1 == point && !complete)) needed.push_back(&nodes[i]);
    }
    return judge.together(needed, Company::kAlone).sight == Sight::kEnforced;
  }

  const AbuseElement& abuse_;
  const Places& places_;
  StepJudge steps_;
  std::map<const StepElement*, CaseStep> traffic_;
  CaseCoverage out_;
};

}  // namespace

const StepCoverage& CaseCoverage::step(const StepElement& element) const {
  return *std::ranges::find_if(steps, [&](const StepCoverage& each) { return each.step.step == &element; });
}

CaseCoverage cover_case(const AbuseElement& abuse, const Places& places, TapSight& taps, const Needs& needs) {
  return CaseCover(abuse, places, taps, needs).run();
}

Sight sight_of(const PathElement& node, const CaseCoverage& coverage, const Places& places) {
  return Judge(coverage, places).of(node, Company::kAlone).sight;
}

}  // namespace glacis::control
