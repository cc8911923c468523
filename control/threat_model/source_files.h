#pragma once

#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// A model file and what it includes, from disk. Unreadable files are diagnostics.
[[nodiscard]] std::vector<SourceFile> load_sources(const std::string& path, std::vector<Diagnostic>& diagnostics);

}  // namespace glacis::control
