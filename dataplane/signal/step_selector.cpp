#include "dataplane/signal/step_selector.h"

#include <algorithm>

namespace glacis {

bool StepSelector::outcome_holds(const PathStepRule& step, FlowOutcome outcome) {
  const bool established = outcome == FlowOutcome::kEstablished || outcome == FlowOutcome::kData;
  const bool denied = outcome == FlowOutcome::kRefused || outcome == FlowOutcome::kUnanswered;
  return (!step.needs_established || established) && (!step.needs_denied || denied);
}

bool StepSelector::holds_now(const PathStepRule& step, const StepQuestion& q) const {
  if (!q.judged_here) return false;
  if (step.flow_line >= 0 && !judge_->line_matches(static_cast<uint32_t>(step.flow_line), q.ends)) return false;
  return outcome_holds(step, q.outcome);
}

bool StepSelector::has_pattern(const PathStepRule& step, uint32_t pattern) {
  return std::ranges::find(step.pattern_ids, pattern) != step.pattern_ids.end();
}

}  // namespace glacis
