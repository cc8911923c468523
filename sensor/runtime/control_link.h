#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/worker/engine.h"
#include "sensor/alert/alert_counters.h"
#include "sensor/config/sensor_config.h"
#include "sensor/policy/policy_store.h"

namespace glacis::v1 {
class Alert;
}

namespace glacis::sensor {

// Health of the sensor beside its counters: reasons why it is not well; empty: it is.
using HealthReasons = std::function<std::vector<std::string>()>;

// What the link reads of the running sensor and tells it. All but `engine` may be called by any thread.
struct SensorSide {
  Engine& engine;
  HealthReasons health;
  std::function<AlertWriterCounters()> alerts;
  std::function<void(const std::string&)> say;  // a line for whoever watches the sensor
};

// The sensor's two streams to the control plane and what they keep on disk: last good policy, alert
// spool. With the control plane away alerts wait in the spool, and the policy on disk is in use.
// Owns store, spool, spooler, uplink and policy client. Threads: offer by any; the rest by main.
class ControlLink {
 public:
  // Opens what is on disk in config.state_directory. Fails when the folder cannot be used or
  // another sensor uses it, a stored policy's version file is damaged, or the address would need TLS.
  [[nodiscard]] static Expected<std::unique_ptr<ControlLink>> open(const SensorConfig& config);
  virtual ~ControlLink() = default;

  // The policy that was in use when the sensor ran last.
  [[nodiscard]] virtual Expected<std::optional<StoredPolicy>> stored_policy() const = 0;
  // Into the spool; false: its queue is full and the alert is lost, counted.
  virtual bool offer(const v1::Alert& alert) = 0;
  // Dials; policies go into the engine, which runs `running` as generation `first`.
  virtual void start(SensorSide sensor, StoredPolicy running, GenerationId first) = 0;
  // No more policies.
  virtual void stop_policies() = 0;
  // Spools what is queued, waits up to `drain_ms` for acknowledgement, ends.
  virtual void stop_alerts(int64_t drain_ms) = 0;
  // "2 alerts wait in the spool, 0 shed"
  [[nodiscard]] virtual std::string text() const = 0;
};

}  // namespace glacis::sensor
