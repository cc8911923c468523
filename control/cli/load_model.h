#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/cli/console.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// A good model from disk; else what is wrong with it is said on `err`, and `code` is the command's exit code.
[[nodiscard]] std::optional<Model> load_model(const std::string& path, Console& console, int& code);
// Likewise several, good alone and together.
[[nodiscard]] std::optional<std::vector<Model>> load_together(const std::vector<std::string>& paths, Console& console,
                                                              int& code);

}  // namespace glacis::control
