#include "control/analysis/case_steps.h"

#include <algorithm>
#include <map>

#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

class Flattener {
 public:
  explicit Flattener(const Places& places) : places_(places) {}

  void add(const PathElement& node, bool required, bool choice) {
    required = required && !node.optional;
    if (node.kind == PathElement::Kind::kStep) return add(node.step, required, choice);
    const bool any = node.kind == PathElement::Kind::kAny;
    for (const PathElement& inner : node.nodes) add(inner, required, choice || any);
  }

  std::vector<CaseStep> steps(const AbuseElement& abuse) {
    if (!abuse.path) return {};
    const bool any = abuse.path->kind == PathElement::Kind::kAny;
    for (top_ = 0; top_ < abuse.path->nodes.size(); ++top_) add(abuse.path->nodes[top_], true, any);
    return std::move(out_);
  }

 private:
  void add(const StepElement& step, bool required, bool choice) {
    const StepElement& inner = step.of.empty() ? step : step.of[0];
    StepTraffic traffic = traffic_of(step, places_);
    bind(inner.from_variable, traffic.from);
    bind(inner.to_variable, traffic.to);
    out_.push_back({&step, std::move(traffic), top_, required, choice});
  }

  // Where a variable stands alone it means the place that it was bound at.
  void bind(const std::string& variable, EndNames& ends) {
    if (variable.empty()) return;
    const auto [bound, first] = bound_.emplace(variable, ends);
    if (!first && names_nothing(ends)) ends = bound->second;
    if (!first && names_nothing(bound->second)) bound->second = ends;
  }

  const Places& places_;
  std::map<std::string, EndNames> bound_;
  std::vector<CaseStep> out_;
  size_t top_ = 0;
};

}  // namespace

bool names_nothing(const EndNames& ends) { return ends.empty() || ends == EndNames{"any"}; }

StepTraffic traffic_of(const StepElement& step, const Places& places) {
  const StepElement& inner = step.of.empty() ? step : step.of[0];
  StepTraffic out{inner.from, inner.to, inner.ports, nullptr};
  out.line = inner.target.size() == 1 ? places.flow(inner.target[0]) : nullptr;
  if (out.line == nullptr) {
    if (names_nothing(out.to)) out.to = inner.target;
    return out;
  }
  if (names_nothing(out.from)) out.from = out.line->from;
  if (names_nothing(out.to)) out.to = out.line->to;
  if (out.ports.empty()) out.ports = out.line->ports;
  return out;
}

std::vector<CaseStep> steps_of(const AbuseElement& abuse, const Places& places) {
  return Flattener(places).steps(abuse);
}

std::string text_of(const StepElement& step) {
  constexpr size_t kMostBytes = 160;
  std::string out = step.says;
  if (out.empty()) {
    const std::string begin = "{id: " + step.id + ", ";
    out = step.source.starts_with(begin) && step.source.ends_with('}')
              ? step.source.substr(begin.size(), step.source.size() - begin.size() - 1)
              : step.source;
  }
  return out.size() <= kMostBytes ? out : std::string(utf8_start(out, kMostBytes - 3)) + "...";
}

bool meets(const StepTraffic& traffic, const EndNames& from, const EndNames& to, const Places& places) {
  return places.meets(traffic.from, from) && places.meets(traffic.to, to);
}

}  // namespace glacis::control
