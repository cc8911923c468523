#pragma once

#include <cstdint>

namespace glacis::bench {

// Calls of operator new in this process so far, by any thread.
[[nodiscard]] uint64_t allocation_count();

}  // namespace glacis::bench
