#pragma once

#include <string>
#include <vector>

#include "control/analysis/hunt.h"
#include "control/cli/console.h"
#include "dataplane/base/error.h"

namespace glacis::control {

// Captures through glacis-sensor under a hunter's policy; `decoding`: words for its replay. Fails when a capture
// cannot be read. Thread: the command's.
[[nodiscard]] Expected<HuntSource> captured_flows(const std::string& policy, const std::vector<std::string>& captures,
                                                  const std::vector<std::string>& decoding);

// Files of flow records. Bad lines are told on console.err and counted as losses; fails when a file cannot be read or
// has no flow record. Thread: the command's.
[[nodiscard]] Expected<HuntSource> recorded_flows(const std::vector<std::string>& files, Console& console);

}  // namespace glacis::control
