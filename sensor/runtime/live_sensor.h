#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "sensor/config/sensor_config.h"

namespace glacis::sensor {

struct RunOptions {
  SensorConfig config;
  std::string ready_file;  // written when packets are being read; holds the process id
};

// The live sensor: EAL, ports, engine, alerts to EVE and to the control plane, policies from it or from
// disk. Runs until SIGTERM or SIGINT, then stops reading, drains what is under way and closes; a second
// signal ends at once. Fails before it starts when a port, the policy or an output cannot be opened.
// Once in a process. Thread: main, which runs the timers and signals (Boost.Asio).
[[nodiscard]] ExpectedAll<void> run_live(const RunOptions& options);

}  // namespace glacis::sensor
