#pragma once

#include <cstdint>
#include <string>

namespace glacis::sensor {

// Bytes that this process may still take: what the kernel calls available, and no more than its control group
// (version 2) leaves; 0: the machine does not say. `root`: where /proc and /sys are, for tests.
[[nodiscard]] uint64_t available_memory(const std::string& root = "");

// Flow slots of each worker when nobody has said how many: a sixteenth of `available` bytes for all of them
// together, between 64 k and 16 M each. The rest is for packets, streams, alerts and others' programs.
[[nodiscard]] uint32_t flow_slots_for(uint64_t available, uint32_t workers);

}  // namespace glacis::sensor
