#pragma once

#include <string>

#include "control/exchange/import.h"

namespace glacis::control {

// What an import found, lost, assumed and leaves to be bound, for people: lines that a terminal only shows.
[[nodiscard]] std::string import_text(const ImportedModel& imported);
// The same as one JSON object.
[[nodiscard]] std::string import_json(const ImportedModel& imported);

}  // namespace glacis::control
