#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// How far a model goes: each stage asks all that the one before asks.
enum class GateStage : uint8_t { kDesign, kBuild, kLive };
// "design", "build", "live".
[[nodiscard]] std::string_view gate_name(GateStage stage);

// What traffic has shown of a requirement or an assumption.
enum class FactState : uint8_t { kUntested, kConfirmed, kVerified, kRefuted };
struct TrafficFact {
  std::string model, id;  // id: of a requirement or an assumption of the model
  FactState state = FactState::kUntested;
  int64_t when_s = 0;  // 0: not said
  std::string by;      // the flow that showed it; may be empty
};

// What the gate is asked with.
struct GateQuestion {
  GateStage stage = GateStage::kDesign;
  int64_t day_s = 0;                   // dates are judged on this day
  std::string invariants;              // the file of invariants that the models were checked against; empty: none
  bool composed = true;                // false: the models have faults with which nothing else can be judged
  std::span<const Diagnostic> check;   // what check says of the models, invariants included
  std::span<const TrafficFact> facts;  // what is not among them is untested; later than the day: not known yet
};

// An element that a condition is about.
struct GateItem {
  std::string element;  // "findings/F1"; of several models "shop/findings/F1"; empty: of the file
  std::string what;
  Position at;
};

struct GateCondition {
  GateStage stage = GateStage::kDesign;
  std::string_view id;             // stable: "findings"
  std::string_view says;           // one line for people: what must be so
  std::vector<GateItem> failures;  // none: passed
  std::vector<GateItem> listed;    // to know, not failed
  [[nodiscard]] bool passed() const { return failures.empty(); }
};

struct Gate {
  GateStage stage = GateStage::kDesign;
  std::vector<GateCondition> conditions;  // of the stage and those before it
  [[nodiscard]] size_t failed() const;
  [[nodiscard]] bool open() const { return failed() == 0; }
};

// Whether models may pass the gate to a stage. Elements in the order of the models. Thread: any.
[[nodiscard]] Gate judge_gate(std::span<const Model> models, const GateQuestion& question);

}  // namespace glacis::control
