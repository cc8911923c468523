#pragma once

#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// "Exactly" 3 and the elements zones, assets and boundaries: one prefix in two zones or assets (marked
// as shared where they are told apart), an asset outside its zone, two zones with `any`, two boundaries
// for one ordered pair, and zones without an address at a stage that needs them.
void check_places(Model& model, std::vector<Diagnostic>& diagnostics);

}  // namespace glacis::control
