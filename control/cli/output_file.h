#pragma once

#include <string>

#include "control/cli/console.h"

namespace glacis::control {

// Writes a file anew. False: it was not written, which is said.
[[nodiscard]] bool write_output(const std::string& path, const std::string& text, Console& console);

}  // namespace glacis::control
