#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/worker/engine.h"
#include "sensor/alert/alert_counters.h"

namespace glacis::v1 {
class Heartbeat;
}

namespace glacis::sensor {

// Health and the counters of engine and alert writer, by their Prometheus names. Thread: any.
void fill_heartbeat(v1::Heartbeat& heartbeat, const EngineCounters& counters, const AlertWriterCounters& alerts,
                    const std::vector<std::string>& reasons);

// Since when the sensor has been as well as it is: sets `since_ns` to the time of the first heartbeat
// of an unbroken row with this health. Thread: one.
class HealthClock {
 public:
  void stamp(v1::Heartbeat& heartbeat);

 private:
  int health_ = -1;
  int64_t since_ns_ = 0;
};

void add_counter(v1::Heartbeat& heartbeat, const std::string& name, const std::string& label, uint64_t value);

// What the sensor says when it ends: the sum of packets, then what went wrong and which limits were hit.
[[nodiscard]] std::string counters_text(const EngineCounters& counters, const AlertWriterCounters& alerts);

// "not_ip", "truncated": why a packet has no flow.
[[nodiscard]] const char* decode_reason(size_t result);

}  // namespace glacis::sensor
