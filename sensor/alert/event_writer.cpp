#include "sensor/alert/event_writer.h"

#include <algorithm>

#include "glacis/v1/policy.pb.h"
#include "sensor/alert/alert_fields.h"
#include "sensor/alert/names.h"

namespace glacis::sensor {
namespace {

// Steps in the order as written, which StepIndex counts in.
void flatten(const v1::Group& group, std::vector<const v1::Step*>& out) {
  for (const v1::Node& node : group.nodes()) {
    if (node.has_step()) out.push_back(&node.step());
    if (node.has_group()) flatten(node.group(), out);
  }
}

std::vector<const v1::Step*> steps_of(const Generation& generation, RuleIndex rule) {
  const v1::Policy& policy = generation.policy();
  const uint32_t id = policy.rules(static_cast<int>(rule.value)).id();
  std::vector<const v1::Step*> out;
  for (const v1::AbusePath& path : policy.paths()) {
    if (path.rule() == id) flatten(path.root(), out);
  }
  return out;
}

v1::End place_at(const IpAddress& address, uint16_t port, const Generation& generation) {
  return end_of(address, port, generation.zones().place(address), generation);
}

v1::PathStep step_message(const SeenStep& seen, const std::vector<const v1::Step*>& steps,
                          const Generation& generation) {
  v1::PathStep out;
  if (seen.step.value < steps.size()) {
    const v1::Step& step = *steps[seen.step.value];
    out.set_id(step.id());
    out.set_optional(step.optional());
    out.set_says(step.source());
  }
  out.set_seen(true);
  out.set_time_ns(seen.time.value);
  out.set_flow_id(seen.flow.value);
  *out.mutable_initiator() = place_at(seen.initiator, 0, generation);
  *out.mutable_responder() = place_at(seen.responder, seen.responder_port, generation);
  return out;
}

const char* join_name(JoinStrength join) {
  switch (join) {
    case JoinStrength::kStrong:
      return "strong";
    case JoinStrength::kMedium:
      return "medium";
    case JoinStrength::kWeak:
      break;
  }
  return "weak";
}

}  // namespace

void EventWriter::on_path(const PathAlert& alert, const Generation& generation) {
  const PathRule& path = generation.paths().paths[alert.path.value];
  const auto steps = steps_of(generation, path.rule);
  PathTelling telling{path.rule, {}, {}, alert.earlier, path.within, !path.each};
  v1::PathProgress& progress = telling.progress;
  progress.set_step(alert.step);
  progress.set_steps(alert.steps);
  progress.set_complete(alert.complete);
  progress.set_truncated(alert.truncated);
  progress.set_join(join_name(alert.join));
  std::vector<FlowId>& flows = telling.flows;
  for (const SeenStep& seen : alert.seen) {
    *progress.add_seen() = step_message(seen, steps, generation);
    if (std::find(flows.begin(), flows.end(), seen.flow) == flows.end()) flows.push_back(seen.flow);
  }
  for (const StepIndex next : alert.next) {
    if (next.value < steps.size()) progress.add_next(steps[next.value]->id());
  }
  for (size_t i = 0; i < path.variables.size(); ++i) {
    if (!alert.bindings[i]) continue;
    v1::Variable& variable = *progress.add_variables();
    variable.set_name(path.variables[i]);
    variable.set_value(address_text(*alert.bindings[i]));
  }
  alerts_.on_path(alert.completing, generation, std::move(telling));
}

}  // namespace glacis::sensor
