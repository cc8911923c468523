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
    each(program_->flow_steps, q, [&](const PathStepRule& step) { return holds_now(step, q); }, hit);
  }

  // When the outcome changed from `before` to q.outcome: `flow` steps that ask for an outcome, hold now
  // and did not before.
  template <class Hit>
  void on_outcome(const StepQuestion& q, FlowOutcome before, Hit hit) const {
    const auto holds = [&](const PathStepRule& step) { return holds_now(step, q) && !outcome_holds(step, before); };
    each(program_->outcome_steps, q, holds, hit);
  }

  // When pattern `pattern` (position in the policy's patterns) was found: `content` steps.
  template <class Hit>
  void on_content(const StepQuestion& q, uint32_t pattern, Hit hit) const {
    const auto holds = [&](const PathStepRule& step) { return has_pattern(step, pattern) && holds_now(step, q); };
    each(program_->content_steps, q, holds, hit);
  }

  // When the flow has shown anomalies: `anomaly` steps that ask for one of them.
  template <class Hit>
  void on_anomalies(const StepQuestion& q, AnomalySet seen, Hit hit) const {
    const auto holds = [&](const PathStepRule& step) { return step.anomalies.meets(seen) && holds_now(step, q); };
    each(program_->anomaly_steps, q, holds, hit);
  }

 private:
  template <class Holds, class Hit>
  void each(const StepsByEnds& steps, const StepQuestion& q, Holds holds, Hit& hit) const {
    steps.each(q.ends.initiator, q.ends.responder, [&](const StepsByEnds::At& at) {
      // A flow that breaks a `never` may still have its line: unmodelled asks for the line alone.
      const bool modelled = at.needs_unmodelled && q.line != kNoRule;
      if (modelled || !at.ports.may_fit(q.ends.responder_port)) return;
      const PathStepRule& step = program_->paths[at.path.value].steps[at.step.value];
      if (at.ports.fits(step.ends.ports, q.ends.responder_port) && holds(step)) hit(StepHit{at.path, at.step});
    });
  }

  [[nodiscard]] static bool has_pattern(const PathStepRule& step, uint32_t pattern);
  // Of a step that the index has found: ends, ports and line are asked there.
  [[nodiscard]] bool holds_now(const PathStepRule& step, const StepQuestion& q) const;
  [[nodiscard]] static bool outcome_holds(const PathStepRule& step, FlowOutcome outcome);

  const PathProgram* program_;
  const Judge* judge_;
};

}  // namespace glacis
