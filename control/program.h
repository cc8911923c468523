#pragma once

#include <string>
#include <vector>

namespace glacis::control {

// glacis-control: reads the command line and the configuration, then runs. Returns the exit code:
// 0 good, 1 failed, 2 wrong usage.
int program(const std::vector<std::string>& arguments);

}  // namespace glacis::control
