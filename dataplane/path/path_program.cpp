#include "dataplane/path/path_program.h"

namespace glacis {

template <class Wanted>
void StepsByEnds::fill(const std::vector<PathRule>& paths, size_t places, Wanted wanted) {
  std::vector<const JudgedRule*> ends;
  steps_.clear();
  for (size_t p = 0; p < paths.size(); ++p) {
    for (size_t s = 0; s < paths[p].steps.size(); ++s) {
      const PathStepRule& step = paths[p].steps[s];
      if (!step.enforced || !wanted(step)) continue;
      steps_.push_back({PathIndex(static_cast<uint16_t>(p)), StepIndex(static_cast<uint16_t>(s)),
                        PortGlance(step.ends.ports), step.needs_unmodelled});
      ends.push_back(&step.ends);
    }
  }
  index_ = EndsIndex(ends.size(), places);
  for (size_t i = 0; i < ends.size(); ++i) index_.add(i, ends[i]->from, ends[i]->to);
}

void PathProgram::index_steps(size_t places) {
  const auto flow = [](const PathStepRule& step) { return step.verb == StepVerb::kFlow; };
  flow_steps.fill(paths, places, flow);
  outcome_steps.fill(paths, places, [&](const PathStepRule& step) {
    return flow(step) && (step.needs_established || step.needs_denied);
  });
  content_steps.fill(paths, places, [](const PathStepRule& step) { return step.verb == StepVerb::kContent; });
  anomaly_steps.fill(paths, places, [](const PathStepRule& step) { return step.verb == StepVerb::kAnomaly; });
  for (const PathRule& path : paths) {
    for (const PathStepRule& step : path.steps) anomalies.add(step.anomalies);
  }
}

}  // namespace glacis
