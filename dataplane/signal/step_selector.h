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

// Which steps of which abuse paths a flow satisfies: of the enforced ones with the right ends (an index),
// those whose conditions hold.
// Two pointers, made on the spot; borrows program and judge of one generation. Hits are handed to
// `hit(StepHit)` in the order (path, step). Nothing hits on a tap that does not judge the zone pair.
// Thread: any; no allocation; nothing fails.
class StepSelector {
 public:
  StepSelector(const PathProgram& program, const Judge& judge) : program_(&program), judge_(&judge) {}

  // At the flow's judgement, and again once a minute while payload moves: `flow` steps that hold now.
  template <class Hit>
  void on_judged(const StepQuestion& q, Hit hit) const {
    each(q.ends, [&](const PathStepRule& step) { return flow_holds(step, q); }, hit);
  }

  // When the outcome changed from `before` to q.outcome: `flow` steps that ask for an outcome, hold now
  // and did not before.
  template <class Hit>
  void on_outcome(const StepQuestion& q, FlowOutcome before, Hit hit) const {
    each(q.ends, [&](const PathStepRule& step) { return flow_holds(step, q) && !outcome_holds(step, before); }, hit);
  }

  // When pattern `pattern` (position in the policy's patterns) was found: `content` steps.
  template <class Hit>
  void on_content(const StepQuestion& q, uint32_t pattern, Hit hit) const {
    each(q.ends, [&](const PathStepRule& step) { return content_holds(step, q, pattern); }, hit);
  }

 private:
  template <class Holds, class Hit>
  void each(const Question& ends, Holds holds, Hit& hit) const {
    (void)program_->by_ends.any(ends.initiator, ends.responder, [&](size_t i) {
      const PathProgram::At at = program_->steps[i];
      if (holds(program_->paths[at.path.value].steps[at.step.value])) hit(StepHit{at.path, at.step});
      return false;
    });
  }

  [[nodiscard]] bool flow_holds(const PathStepRule& step, const StepQuestion& q) const;
  [[nodiscard]] bool content_holds(const PathStepRule& step, const StepQuestion& q, uint32_t pattern) const;
  [[nodiscard]] bool ends_hold(const PathStepRule& step, const StepQuestion& q) const;
  [[nodiscard]] static bool outcome_holds(const PathStepRule& step, FlowOutcome outcome);

  const PathProgram* program_;
  const Judge* judge_;
};

}  // namespace glacis
