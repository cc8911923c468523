#pragma once

#include <cstdint>
#include <string>

namespace glacis::sensor {

// Tells the service manager, if there is one (sd_notify's protocol): "READY=1", "STOPPING=1".
// Thread: any.
void notify_service_manager(const std::string& state);

// From the kernel: keys the hashes, so that no sender can aim at one bucket or one worker. Thread: any.
[[nodiscard]] uint64_t random_seed();

}  // namespace glacis::sensor
