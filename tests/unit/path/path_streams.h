#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "dataplane/path/path_alert.h"
#include "dataplane/path/path_program.h"

namespace glacis {

inline IpAddress host(uint8_t n) { return IpAddress::v4(10, 0, 0, n); }

inline PathStepRule path_step(uint16_t top, int8_t from_variable = -1, int8_t to_variable = -1, int64_t gap_s = 0,
                              bool optional = false) {
  PathStepRule out;
  out.enforced = true;
  out.top = top;
  out.from_variable = from_variable;
  out.to_variable = to_variable;
  out.gap = seconds(gap_s);
  out.optional = out.extra = optional;
  return out;
}

inline PathRule then_path(std::vector<PathStepRule> steps, int64_t within_s = 0) {
  PathRule out;
  out.steps = std::move(steps);
  out.top_nodes = out.steps.back().top;
  out.alert_at = {out.top_nodes};
  out.within = seconds(within_s);
  out.variables = {"a", "b", "c"};
  PathAlternative all;
  for (uint16_t i = 0; i < out.steps.size(); ++i) all.steps.push_back(StepIndex(i));
  out.alternatives = {all};
  out.definition = 1;
  return out;
}

// A hit of step `step` at second `at` by a flow from -> to.
inline Event step_hit(uint16_t step, int64_t at_s, uint8_t from = 1, uint8_t to = 2, uint64_t ordinal = 0) {
  Event out;
  out.kind = EventKind::kStepHit;
  out.time = seconds(at_s);
  out.ordinal = Ordinal(ordinal != 0 ? ordinal : static_cast<uint64_t>(at_s));
  out.generation = GenerationId(1);
  out.path = PathIndex(0);
  out.step = StepIndex(step);
  out.flow.id = FlowId(1000 + out.ordinal.value);
  out.flow.key.low = host(from);
  out.flow.key.high = host(to);
  return out;
}

using Happening = std::vector<Event>;

// What a path reaches, found by enumerating every sequence of hits: no state is merged or dropped.
class BruteForce {
 public:
  struct Reach {
    size_t happening;
    bool complete;
    uint16_t top;
    StepIndex step;
    PathBindings bindings;
    friend auto operator<=>(const Reach&, const Reach&) = default;
  };

  BruteForce(const PathRule& rule, const std::vector<Happening>& stream) : rule_(rule), stream_(stream) {
    for (const PathAlternative& alternative : rule_.alternatives) {
      steps_ = &alternative.steps;
      spans_ = &alternative.spans;
      extend(0, 0, 0, {}, {});
    }
  }

  // Each reach with the most optional steps of any sequence that gives it.
  [[nodiscard]] const std::map<Reach, size_t>& reached() const { return reached_; }

 private:
  struct Used {
    size_t position, happening;
  };

  // Fills a step at position `position` or later by a happening at `from` or later.
  void extend(size_t position, size_t from, size_t optionals, PathBindings bindings, std::vector<Used> used) {
    for (size_t p = position; p < steps_->size(); ++p) {
      const PathStepRule& rule = rule_.steps[(*steps_)[p].value];
      for (size_t h = from; h < stream_.size(); ++h) {
        for (const Event& hit : stream_[h]) {
          if (hit.step == (*steps_)[p]) fill(p, h, hit, optionals, bindings, used);
        }
      }
      if (!rule.optional) return;
    }
  }

  [[nodiscard]] Nanos time_of(const Used& used) const { return stream_[used.happening].front().time; }

  // Every group with a bound, asked anew over all that was used: no running state.
  [[nodiscard]] bool groups_hold(const std::vector<Used>& used, size_t p, Nanos now) const {
    for (const PathSpan& span : *spans_) {
      if (p < span.first || p > span.last) continue;
      const auto first_inside = std::ranges::find_if(used, [&](const Used& u) { return u.position >= span.first; });
      if (first_inside != used.end()) {
        if (span.within.value != 0 && now - time_of(*first_inside) > span.within) return false;
      } else if (!used.empty() && span.gap.value != 0 && now - time_of(used.back()) > span.gap) {
        return false;
      }
    }
    return true;
  }

  void fill(size_t p, size_t h, const Event& hit, size_t optionals, PathBindings bindings, std::vector<Used> used) {
    const PathStepRule& rule = rule_.steps[hit.step.value];
    if (!used.empty()) {
      if (rule_.within.value != 0 && hit.time - time_of(used.front()) > rule_.within) return;
      if (rule.gap.value != 0 && hit.time - time_of(used.back()) > rule.gap) return;
    }
    if (!groups_hold(used, p, hit.time)) return;
    if (rule.from_variable >= 0) {
      auto& bound = bindings[static_cast<size_t>(rule.from_variable)];
      if (bound.value_or(hit.flow.initiator()) != hit.flow.initiator()) return;
      bound = hit.flow.initiator();
    }
    if (rule.to_variable >= 0) {
      auto& bound = bindings[static_cast<size_t>(rule.to_variable)];
      if (bound.value_or(hit.flow.responder()) != hit.flow.responder()) return;
      bound = hit.flow.responder();
    }
    if (rule.extra) ++optionals;
    used.push_back({p, h});
    bool complete = true, ends_node = true;
    for (size_t later = p + 1; later < steps_->size(); ++later) {
      const PathStepRule& other = rule_.steps[(*steps_)[later].value];
      if (other.optional) continue;
      complete = false;
      if (other.top == rule.top) ends_node = false;
    }
    const bool asked = std::find(rule_.alert_at.begin(), rule_.alert_at.end(), rule.top) != rule_.alert_at.end();
    if (complete || (asked && ends_node)) {
      size_t& most = reached_[{h, complete, rule.top, hit.step, bindings}];
      most = std::max(most, optionals + 1);  // 0: new
    }
    extend(p + 1, h + 1, optionals, bindings, used);
  }

  const PathRule& rule_;
  const std::vector<Happening>& stream_;
  const std::vector<StepIndex>* steps_ = nullptr;
  const std::vector<PathSpan>* spans_ = nullptr;
  std::map<Reach, size_t> reached_;
};

}  // namespace glacis
