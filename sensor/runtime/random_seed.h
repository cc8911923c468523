#pragma once

#include <cstdint>

namespace glacis::sensor {

// From the kernel: keys the hashes, so that no sender can aim at one bucket or one worker. Thread:
// any.
[[nodiscard]] uint64_t random_seed();

}  // namespace glacis::sensor
