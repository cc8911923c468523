#pragma once

#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// What only the whole model tells: whether a step's target is a line or a place, and which rules no
// sensor can enforce because their ends are known by name alone or their data has no pattern.
void resolve(Model& model, std::vector<Diagnostic>& diagnostics);

}  // namespace glacis::control
