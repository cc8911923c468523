#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis::sensor {

struct EalOptions {
  uint32_t lcores = 1;                  // beside the main one; lcore ids 1 .. lcores
  uint32_t memory_mb = 64;              // for DPDK's own tables; with cards also for packets
  std::vector<std::string> cards = {};  // PCI addresses; DPDK looks at no other card
};

// Without cards: own memory, no hugepages, no shared files, no PCI. With cards: hugepages, which are all that a card
// can write to; they must have been reserved. With more CPUs than lcores beside the main one, each of those gets a CPU
// of its own and the main lcore, with every thread made after this call, the rest: nothing slow runs beside a worker.
// With fewer, all share all.
// Once in a process. Thread: main, which becomes the main lcore.
[[nodiscard]] Expected<bool> start_eal(const EalOptions& options);
void stop_eal();

// What DPDK is started with, from the program's name on, on these CPUs.
[[nodiscard]] std::vector<std::string> eal_words(const EalOptions& options, std::span<const int> cpus);

}  // namespace glacis::sensor
