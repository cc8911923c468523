#include "dataplane/signal/step_selector.h"

#include <algorithm>

namespace glacis {

bool StepSelector::outcome_holds(const PathStepRule& step, FlowOutcome outcome) {
  const bool established = outcome == FlowOutcome::kEstablished || outcome == FlowOutcome::kData;
  const bool denied = outcome == FlowOutcome::kRefused || outcome == FlowOutcome::kUnanswered;
  return (!step.needs_established || established) && (!step.needs_denied || denied);
}

bool StepSelector::ends_hold(const PathStepRule& step, const StepQuestion& q) const {
  if (!q.judged_here || !step.enforced) return false;
  const JudgedRule& ends = step.ends;
  const auto in_range = [&](const Ports& p) {
    return q.ends.responder_port >= p.first && q.ends.responder_port <= p.last;
  };
  if (!ends.ports.empty() && !std::ranges::any_of(ends.ports, in_range)) return false;
  // A flow that breaks a `never` may still have its line: unmodelled asks for the line alone.
  if (step.needs_unmodelled && q.line != kNoRule) return false;
  if (step.flow_line >= 0 && !judge_->line_matches(static_cast<uint32_t>(step.flow_line), q.ends)) return false;
  return outcome_holds(step, q.outcome);
}

bool StepSelector::flow_holds(const PathStepRule& step, const StepQuestion& q) const {
  return step.verb == StepVerb::kFlow && ends_hold(step, q);
}

bool StepSelector::content_holds(const PathStepRule& step, const StepQuestion& q, uint32_t pattern) const {
  return step.verb == StepVerb::kContent && std::ranges::find(step.pattern_ids, pattern) != step.pattern_ids.end() &&
         ends_hold(step, q);
}

}  // namespace glacis
