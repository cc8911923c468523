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
// lcores than CPUs several share one. Once in a process. Thread: main, which becomes the main lcore.
[[nodiscard]] Expected<bool> start_eal(const EalOptions& options);
void stop_eal();

// Gives the calling thread every CPU the process started with: threads made after start_eal() inherit
// the main lcore's CPU, and the slow side (gRPC, timers, correlator) must not stay there.
void use_every_cpu();

}  // namespace glacis::sensor
