#include "dataplane/path/path_program.h"

namespace glacis {

void PathProgram::index_steps(size_t places) {
  const auto flow = [](const PathStepRule& step) { return step.verb == StepVerb::kFlow; };
  flow_steps.fill(paths, places, flow);
  outcome_steps.fill(paths, places, [&](const PathStepRule& step) {
    return flow(step) && (step.needs_established || step.needs_denied);
  });
  content_steps.fill(paths, places, [](const PathStepRule& step) { return step.verb == StepVerb::kContent; });
}

}  // namespace glacis
