#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis::sensor {

struct EalOptions {
  uint32_t lcores = 1;      // beside the main one; lcore ids 1 .. lcores
  uint32_t memory_mb = 64;  // for DPDK's own tables; packet memory is the ports' own
};

// DPDK's environment without NIC and without hugepages: own memory, no shared files, no PCI. With more
// CPUs than lcores beside the main one, each of those gets a CPU of its own and the main lcore, with every
// thread made after this call, the rest: nothing slow runs beside a worker. With fewer, all share all.
// Once in a process. Thread: main, which becomes the main lcore.
[[nodiscard]] Expected<bool> start_eal(const EalOptions& options);
void stop_eal();

}  // namespace glacis::sensor
