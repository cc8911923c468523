#pragma once

#include <vector>

#include "dataplane/base/error.h"

namespace glacis::sensor {

struct SensorConfig;

// Values that are wrong whatever the others say; `where` is the setting's path: "workers.count", "ports[1]".
[[nodiscard]] std::vector<Error> faults_of_values(const SensorConfig& config);
// Values that contradict each other; of use when each could be read.
[[nodiscard]] std::vector<Error> faults_between(const SensorConfig& config);

}  // namespace glacis::sensor
