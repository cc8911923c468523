#pragma once

#include <cstddef>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// "Exactly" 13; a path with more is an error. The sensor knows no more than 8 variables of enforced steps.
inline constexpr int kMostGroupDepth = 4;
inline constexpr size_t kMostSteps = 16, kMostOfAll = 5, kMostAlternatives = 64, kMostVariables = 8;

// The limits, and alert points that allowed traffic alone reaches ("Exactly" 15). After resolve().
void check_paths(const Model& model, std::vector<Diagnostic>& diagnostics);

// Whether a sensor can run it: each way of joining steps is one that it knows, and of `any` it sees one branch, of the
// others every required step. After resolve().
[[nodiscard]] bool runs(const PathElement& node);

}  // namespace glacis::control
