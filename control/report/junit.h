#pragma once

#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// JUnit XML, for build servers: a suite for each file, a case for each rule that can refuse a model; those with errors
// fail. Ends with a newline. Any thread.
[[nodiscard]] std::string junit(const std::vector<Diagnostic>& diagnostics, const std::vector<SourceFile>& files);

}  // namespace glacis::control
