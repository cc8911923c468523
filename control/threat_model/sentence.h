#pragma once

#include <string>

#include "control/threat_model/model.h"

namespace glacis::control {

// What an alert of the line says. Any thread.
[[nodiscard]] std::string sentence_of(const NeverElement& never);

}  // namespace glacis::control
