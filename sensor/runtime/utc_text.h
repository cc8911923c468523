#pragma once

#include <string>

#include "dataplane/base/ids.h"

namespace glacis::sensor {

// "2026-11-25T18:43:22Z"
[[nodiscard]] std::string utc_text(Nanos unix_time);

}  // namespace glacis::sensor
