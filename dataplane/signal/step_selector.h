#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/path/path_program.h"
#include "dataplane/zone/judge.h"

namespace glacis {

struct StepHit {
  PathIndex path;
  StepIndex step;
};

// A judged flow, as a step asks about it.
struct StepQuestion {
  Question ends;
  RuleIndex line = kNoRule;  // the `flows` line that covers it
  bool judged_here = true;
  FlowOutcome outcome = FlowOutcome::kAttempted;
};

// Which steps of which abuse paths a flow satisfies, by one walk over the generation's enforced steps.
// Two pointers, made on the spot; borrows program and judge of one generation. Hits are handed to
// `hit(StepHit)` in the order (path, step). Nothing hits on a tap that does not judge the zone pair.
// Thread: any; no allocation; nothing fails.
class StepSelector {
 public:
  StepSelector(const PathProgram& program, const Judge& judge) : program_(&program), judge_(&judge) {}

  // At the flow's judgement, and again once a minute while payload moves: `flow` steps that hold now.
  template <class Hit>
  void on_judged(const StepQuestion& q, Hit hit) const {
    each([&](const PathStepRule& step) { return flow_holds(step, q); }, hit);
  }

  // When the outcome changed from `before` to q.outcome: `flow` steps that ask for an outcome, hold now
  // and did not before.
  template <class Hit>
  void on_outcome(const StepQuestion& q, FlowOutcome before, Hit hit) const {
    each([&](const PathStepRule& step) { return flow_holds(step, q) && !outcome_holds(step, before); }, hit);
  }

  // When pattern `pattern` (position in the policy's patterns) was found: `content` steps.
  template <class Hit>
  void on_content(const StepQuestion& q, uint32_t pattern, Hit hit) const {
    each([&](const PathStepRule& step) { return content_holds(step, q, pattern); }, hit);
  }

 private:
  template <class Holds, class Hit>
  void each(Holds holds, Hit& hit) const {
    for (size_t p = 0; p < program_->paths.size(); ++p) {
      const PathRule& path = program_->paths[p];
      for (size_t s = 0; s < path.steps.size(); ++s) {
        if (!holds(path.steps[s])) continue;
        hit(StepHit{PathIndex(static_cast<uint16_t>(p)), StepIndex(static_cast<uint16_t>(s))});
      }
    }
  }

  [[nodiscard]] bool flow_holds(const PathStepRule& step, const StepQuestion& q) const;
  [[nodiscard]] bool content_holds(const PathStepRule& step, const StepQuestion& q, uint32_t pattern) const;
  [[nodiscard]] bool ends_hold(const PathStepRule& step, const StepQuestion& q) const;
  [[nodiscard]] static bool outcome_holds(const PathStepRule& step, FlowOutcome outcome);

  const PathProgram* program_;
  const Judge* judge_;
};

}  // namespace glacis
