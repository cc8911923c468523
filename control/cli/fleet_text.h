#pragma once

#include <cstdint>
#include <iosfwd>

#include "control/threat_model/diagnostic.h"

namespace glacis::v1 {
class GetFleetResponse;
class ListModelsResponse;
}  // namespace glacis::v1

namespace glacis::control {

// Sensors as a table; below a sensor's row what is wrong with it, if anything is: why it is not
// well, what it lost for which reason, which limits it hit, which policy it should run and why it
// does not. 100 columns.
void print_sensors(const v1::GetFleetResponse& fleet, int64_t now_ns, Colour colour, std::ostream& out);
// The active models as a table.
void print_models(const v1::ListModelsResponse& models, std::ostream& out);

}  // namespace glacis::control
