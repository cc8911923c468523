#pragma once

#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// SARIF 2.1.0 (OASIS), for code hosts and editors: one run, every rule, one result for each diagnostic with a
// fingerprint that moving lines does not change. Ends with a newline. Any thread.
[[nodiscard]] std::string sarif(const std::vector<Diagnostic>& diagnostics);

}  // namespace glacis::control
