#pragma once

#include <span>
#include <string>
#include <vector>

#include "control/analysis/coverage.h"
#include "control/analysis/gate.h"
#include "control/analysis/threat_facts.h"

namespace glacis::control {

// One model before the gate. Borrows all it is given.
struct GateSubject {
  const Places& places;
  const GateQuestion& question;
  const Coverage& coverage;
  [[nodiscard]] const Model& model() const { return places.model(); }
  // Whether somebody takes the risk of a case, or of a requirement that is not met, on that day.
  [[nodiscard]] bool accepted_case(const std::string& id) const;
  [[nodiscard]] bool accepted_requirement(const std::string& id) const;
};

// A condition, and how its elements are found in one model.
struct GateSearch {
  GateCondition condition;
  void (*find)(const GateSubject& subject, GateCondition& out);
};

// In the order in which they are told. Conditions on what is designed and built (gate_design.cpp), and on what traffic
// shows (gate_live.cpp).
[[nodiscard]] std::span<const GateSearch> design_conditions();
[[nodiscard]] std::span<const GateSearch> live_conditions();

// Whether a threat is of level high: its line, or a line of its identity, rises by 40 or more of trust, or reaches or
// carries data of sensitivity 4 or 5; its asset is exposed or holds such data, its zone has such an asset, its data is
// such; its case is of severity high.
[[nodiscard]] bool is_high(const std::string& element, const ThreatFacts& facts);

}  // namespace glacis::control
