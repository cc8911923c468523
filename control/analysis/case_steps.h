#pragma once

#include <string>
#include <vector>

#include "control/threat_model/places.h"

namespace glacis::control {

// The traffic that a step is about, by names of the model.
struct StepTraffic {
  EndNames from, to;  // none: any
  std::vector<PortSpan> ports;
  const FlowElement* line = nullptr;  // the line that it is about; null: a place, or anything
};

// A step of a case with what stands around it.
struct CaseStep {
  const StepElement* step = nullptr;
  StepTraffic traffic;   // variables stand for where they were bound first; of an aggregate or content: of its `of`
  size_t top = 0;        // position of its top-level node, from 0
  bool required = true;  // neither it nor a group around it is optional
  bool choice = false;   // it stands in an `any`
};

// The steps of a case as written; none without a path. Pointers live as long as the model.
[[nodiscard]] std::vector<CaseStep> steps_of(const AbuseElement& abuse, const Places& places);

// What a step by itself is about; `of` is looked into.
[[nodiscard]] StepTraffic traffic_of(const StepElement& step, const Places& places);

// Whether every address is meant.
[[nodiscard]] bool names_nothing(const EndNames& ends);

// What it says, else how it is written without its id; cut where it is too long to be read in a table.
[[nodiscard]] std::string text_of(const StepElement& step);

// Whether flows between these ends can be what the traffic is.
[[nodiscard]] bool meets(const StepTraffic& traffic, const EndNames& from, const EndNames& to, const Places& places);

}  // namespace glacis::control
