#pragma once

#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// Compiles the model's patterns as a sensor would, so that a bad one never leaves control. Faults carry
// Hyperscan's reason and stand at the pattern.
void check_patterns(const Model& model, std::vector<Diagnostic>& diagnostics);

}  // namespace glacis::control
