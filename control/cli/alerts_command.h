#pragma once

#include <cstdint>
#include <stop_token>

#include "control/cli/console.h"
#include "control/cli/control_plane.h"
#include "control/cli/options.h"

namespace glacis::control {

// What `glacis alerts` was asked for.
struct AlertsWanted {
  int min_severity = 0;  // v1::Severity
  std::vector<std::string> models, elements, sensors;
  uint64_t after_cursor = 0;
  bool latest = false;  // only what comes from now on
  bool follow = false;
  bool json = false;
  uint64_t count = 0;  // ends after so many; 0: no such end
};
[[nodiscard]] Expected<AlertsWanted> alerts_wanted(const Options& options);

// Prints alerts until their end, `count` or `stop`; while it follows, a control plane that goes
// away is waited for, and the stream goes on after the last cursor. Returns the exit code.
int show_alerts(ControlPlane& control, const AlertsWanted& wanted, const std::stop_token& stop, Console& console);

}  // namespace glacis::control
