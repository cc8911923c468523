#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "control/cli/options.h"

namespace glacis::control {

// The moment at which a command judges dates: the last second of the day of --at, else of today, in seconds since 1970,
// UTC. Fails where --at is no day, with what to say.
[[nodiscard]] std::expected<int64_t, std::string> day_of(const Options& options);

}  // namespace glacis::control
