#pragma once

#include <string>
#include <vector>

#include "control/cli/console.h"

namespace glacis::control {

// The `glacis` command from its arguments (without the program's name) to its exit code.
int run_program(const std::vector<std::string>& arguments, Console& console);

}  // namespace glacis::control
