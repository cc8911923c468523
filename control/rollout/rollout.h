#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/store/bell.h"
#include "control/store/model_store.h"
#include "dataplane/base/error.h"

namespace glacis::v1 {
class Heartbeat;
class PolicyStatus;
}  // namespace glacis::v1

namespace glacis::control {

// A policy as it is offered. Immutable; shared by all sessions that send it.
using PolicyImage = std::shared_ptr<const StoredPolicy>;

// The way to one connected sensor. Called under the rollout's lock: must not call back.
class SensorLink {
 public:
  virtual ~SensorLink() = default;
  // Sends the policy in pieces. A later offer takes the place of one that is not sent yet.
  virtual void offer(uint64_t nonce, PolicyImage policy) = 0;
  // A newer session of the same sensor is there.
  virtual void replaced() = 0;
};

// Where the rollout writes what must outlive it. Must not block.
class RolloutJournal {
 public:
  virtual ~RolloutJournal() = default;
  virtual void save_policy(const StoredPolicy& policy) = 0;
  virtual void save_sensor(const StoredSensor& sensor) = 0;
};

// What a sensor says first.
struct SensorHello {
  std::string sensor, tap, software_version, running_digest;
  uint64_t highest_version = 0;
};

enum class Deployment : uint8_t { kOffered = 1, kWarmed, kActive, kRejected, kAway, kSuperseded };

// One thing that happened in a rollout.
struct RolloutEvent {
  std::string sensor, tap;
  Deployment state = Deployment::kOffered;
  uint64_t version = 0;
  std::string digest;
  std::vector<std::string> errors;
  uint64_t lost_at_swap = 0;
  int64_t longest_pause_ns = 0, warm_ns = 0, time_ns = 0;
};

struct RolloutEvents {
  std::vector<RolloutEvent> events;
  bool over = false;  // nothing more comes: each sensor runs it, refused it, or is away
};

struct SensorView {
  std::string name, tap, software_version;
  bool connected = false;
  int64_t last_heard_ns = 0;
  std::shared_ptr<const v1::Heartbeat> heartbeat;  // may be null
  std::shared_ptr<const v1::PolicyStatus> status;  // may be null
  uint64_t desired_version = 0;
  std::string desired_digest;
};

// Who should run what, and who does. Strategy `direct`: what is pushed is offered at once to every
// sensor of the tap; one that is away gets it when it comes back; what runs already is not sent
// again. A newer push of a tap supersedes what is under way there. Answers to an offer that is not
// the session's last one are stale and ignored. Versions only grow per tap and pass what any sensor
// has ever trusted, so that a control plane that lost its store is not refused for ever. Thread:
// any. Bounded: kMostSensors, the last kMostRollouts rollouts, kMostEvents in each.
class Rollout {
 public:
  static constexpr size_t kMostSensors = 4096;
  static constexpr size_t kMostRollouts = 64;
  static constexpr size_t kMostEvents = 16384;

  using Clock = std::function<int64_t()>;  // Unix time, ns

  Rollout(RolloutJournal& journal, Clock now) : journal_(journal), now_(std::move(now)) {}

  // Before any session: what the store knows.
  void restore(const std::vector<StoredPolicy>& policies, const std::vector<StoredSensor>& sensors);

  // A session opens. Faults: no active model declares its tap; too many sensors.
  [[nodiscard]] Expected<void> hello(std::shared_ptr<SensorLink> link, const SensorHello& hello);
  void status(const SensorLink& link, const v1::PolicyStatus& status);
  void heartbeat(const SensorLink& link, const v1::Heartbeat& heartbeat);
  void gone(const SensorLink& link);

  // New policies, those that changed. `rollout` is the push's number.
  void begin(uint64_t rollout, const std::vector<StoredPolicy>& policies);

  // The next version that every sensor of the tap would accept.
  [[nodiscard]] uint64_t next_version(const std::string& tap) const;
  [[nodiscard]] std::vector<std::string> connected(const std::string& tap) const;
  [[nodiscard]] std::vector<SensorView> fleet() const;
  // Events from position `from`. Fault: no such rollout (any more).
  [[nodiscard]] Expected<RolloutEvents> events(uint64_t rollout, size_t from) const;
  // Rings after each event.
  [[nodiscard]] Bell& bell() { return bell_; }

 private:
  struct Sensor {
    StoredSensor known;
    std::shared_ptr<SensorLink> link;  // null: away
    uint64_t nonce = 0;                // of the last offer on this link
    PolicyImage offered;               // with that nonce; null: none
    std::string running_digest;
    uint64_t highest_version = 0;  // it refuses older ones
    std::shared_ptr<const v1::Heartbeat> heartbeat;
    std::shared_ptr<const v1::PolicyStatus> status;
  };
  struct Record {
    std::map<std::string, PolicyImage> policies;  // by tap
    std::map<std::string, Deployment> sensors;
    std::vector<RolloutEvent> events;
  };

  // All under mutex_.
  Sensor* owner_of(const SensorLink& link);
  void offer(Sensor& sensor);
  void raise(const std::string& tap, uint64_t above);
  void supersede(const std::string& tap);
  void happened(const Sensor& sensor, Deployment state, const v1::PolicyStatus* status = nullptr);
  void answered(Sensor& sensor, const v1::PolicyStatus& status);

  RolloutJournal& journal_;
  const Clock now_;
  Bell bell_;
  mutable std::mutex mutex_;
  std::map<std::string, Sensor> sensors_;
  std::map<std::string, PolicyImage> desired_;  // by tap
  std::map<std::string, uint64_t> highest_;     // version that a sensor of the tap has trusted
  std::map<std::string, uint64_t> rollout_of_;  // tap -> the rollout that its policy came with
  std::map<uint64_t, Record> rollouts_;
};

}  // namespace glacis::control
