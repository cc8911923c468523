#pragma once

#include <cstdint>

namespace glacis::bench {

// Heap allocations in this process so far, by any thread and any library: malloc and its kin, and
// so operator new, Hyperscan and protobuf too. DPDK's own memory is taken from EAL's and not
// counted.
[[nodiscard]] uint64_t allocation_count();

}  // namespace glacis::bench
