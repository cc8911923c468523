#include "control/exchange/without_rule.h"

#include "control/exchange/filter.h"

namespace glacis::control {

void note_without_rule(const Model& model, Losses& losses) {
  for (const BoundaryElement& boundary : model.boundaries) {
    losses.add(model.id, "boundaries/" + boundary.id, boundary.at,
               "an unmodelled crossing is judged from all flows lines together: no rule");
  }
  if (model.drift_at.line != 0)
    losses.add(model.id, "drift", model.drift_at, "drift is judged from all flows lines together: no rule");
  for (const IdentityElement& identity : model.identities) {
    if (identity.seen_as.empty()) continue;
    losses.add(model.id, "identities/" + identity.id, identity.at, "where it is used is not watched: no rule");
  }
  for (const AssumptionElement& assumption : model.assumptions) {
    if (assumption.monitored)
      losses.add(model.id, "assumptions/" + assumption.id, assumption.at,
                 "what would refute it is not watched: no rule");
  }
  for (const FlowElement& flow : model.flows) {
    const std::string untold = untold_conditions(flow);
    if (!untold.empty())
      losses.add(model.id, "flows/" + flow.id, flow.at, "whether its " + untold + " hold is not watched: no rule");
  }
}

}  // namespace glacis::control
