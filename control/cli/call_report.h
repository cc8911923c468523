#pragma once

#include <string>

#include "control/cli/console.h"
#include "control/cli/control_plane.h"

namespace glacis::control {

// Says on `err` what went wrong with a call and what to do about it. Returns the exit code.
int report(const CallFault& fault, const std::string& address, Console& console);

// Wrong words or a file that cannot be read. Returns the exit code.
int report_usage(std::string_view command, const Error& error, Console& console);

}  // namespace glacis::control
