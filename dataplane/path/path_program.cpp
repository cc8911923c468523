#include "dataplane/path/path_program.h"

namespace glacis {

void PathProgram::index_steps(size_t places) {
  steps.clear();
  for (size_t p = 0; p < paths.size(); ++p) {
    for (size_t s = 0; s < paths[p].steps.size(); ++s) {
      steps.push_back({PathIndex(static_cast<uint16_t>(p)), StepIndex(static_cast<uint16_t>(s))});
    }
  }
  by_ends = EndsIndex(steps.size(), places);
  for (size_t i = 0; i < steps.size(); ++i) {
    const PathStepRule& step = paths[steps[i].path.value].steps[steps[i].step.value];
    if (step.enforced) by_ends.add(i, step.ends.from, step.ends.to);
  }
}

}  // namespace glacis
