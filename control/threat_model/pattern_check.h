#pragma once

#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// Asks Hyperscan about every pattern of the model, so that a bad one never leaves control. Faults carry
// Hyperscan's reason. The only home of hs.h in this folder.
void check_patterns(const Model& model, std::vector<Diagnostic>& diagnostics);

}  // namespace glacis::control
