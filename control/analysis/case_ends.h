#pragma once

#include <string>
#include <vector>

#include "control/analysis/case_steps.h"

namespace glacis::control {

// Where a case begins, what it touches and where it ends, by names of the model.
struct CaseEnds {
  // Of a step. `any` is nowhere in particular; where both ends are, `to` is where the step's identities may be used.
  // Both empty: it names no place.
  struct Step {
    EndNames from, to;
    std::vector<std::string> carries;  // data of its line
    bool last = false;
  };
  // Initiators of its first steps; without one, where the step's identities live, else any. Empty: nothing of the case
  // is traffic.
  EndNames begins;
  std::vector<Step> steps;  // those that are traffic, as written
};

// Of `any` and `all` each part is first and last; of `then` the first and the last part that is traffic at all: what a
// mail or a change log tells has no place. Optional ones count: they say where the attacker comes from.
[[nodiscard]] CaseEnds ends_of(const AbuseElement& abuse, const Places& places);

}  // namespace glacis::control
