#pragma once

#include <string>

#include "control/config/control_config.h"
#include "dataplane/base/error.h"

namespace glacis::control {

// Serves until SIGTERM or SIGINT, then drains. `ready_file`, if not empty, appears whole when it
// serves, one bound address a line, and goes when it stops. Thread: main.
[[nodiscard]] Expected<void> run_control(const ControlConfig& config, const std::string& ready_file);

}  // namespace glacis::control
