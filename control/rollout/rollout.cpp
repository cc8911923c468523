#include "control/rollout/rollout.h"

#include <algorithm>
#include <utility>

#include "control/rollout/utf8_prefix.h"
#include "glacis/v1/sensor.pb.h"

namespace glacis::control {
namespace {

bool under_way(Deployment state) { return state == Deployment::kOffered || state == Deployment::kWarmed; }

// Bounded, for they are kept: a sensor's word is outside input.
constexpr size_t kMostErrors = 64;
constexpr size_t kErrorBytes = 1024;

std::vector<std::string> error_texts(const v1::PolicyStatus& status) {
  std::vector<std::string> out;
  for (const v1::PolicyError& error : status.errors()) {
    if (out.size() == kMostErrors) {
      out.push_back("and " + std::to_string(status.errors_size() - static_cast<int>(kMostErrors)) + " more");
      break;
    }
    std::string text = error.field().empty() ? error.reason() : error.field() + ": " + error.reason();
    out.push_back(utf8_prefix(text, kErrorBytes));
  }
  return out;
}

}  // namespace

void Rollout::restore(const std::vector<StoredPolicy>& policies, const std::vector<StoredSensor>& sensors) {
  const std::lock_guard lock(mutex_);
  for (const StoredPolicy& policy : policies) {
    desired_[policy.tap] = std::make_shared<const StoredPolicy>(policy);
  }
  for (const StoredSensor& sensor : sensors) sensors_[sensor.name].known = sensor;
}

Expected<void> Rollout::hello(std::shared_ptr<SensorLink> link, const SensorHello& hello) {
  {
    const std::lock_guard lock(mutex_);
    if (!desired_.empty() && !desired_.contains(hello.tap)) {
      std::string taps;
      for (const auto& [tap, image] : desired_) {
        if (!tap.empty()) taps += (taps.empty() ? "" : ", ") + tap;
      }
      return fail("no active model declares tap '" + hello.tap + "'", hello.sensor,
                  "taps of the active models: " + taps);
    }
    if (!sensors_.contains(hello.sensor) && sensors_.size() >= kMostSensors) {
      return fail("this control plane knows " + std::to_string(kMostSensors) + " sensors and takes no more",
                  hello.sensor);
    }
    Sensor& sensor = sensors_[hello.sensor];
    if (sensor.link) sensor.link->replaced();
    sensor.link = std::move(link);
    sensor.nonce = 0;
    sensor.offered = nullptr;
    sensor.running_digest = hello.running_digest;
    sensor.status = nullptr;
    sensor.highest_version = hello.highest_version;
    sensor.known = {hello.sensor, hello.tap, hello.software_version, now_()};
    uint64_t& highest = highest_[hello.tap];
    highest = std::max(highest, hello.highest_version);
    journal_.save_sensor(sensor.known);
    offer(sensor);
  }
  bell_.ring();
  return {};
}

// Sends what the sensor's tap should run, unless it runs.
void Rollout::offer(Sensor& sensor) {
  const std::string& tap = sensor.known.tap;
  if (!desired_.contains(tap)) return;
  if (desired_[tap]->digest == sensor.running_digest) {
    return happened(sensor, Deployment::kActive);
  }
  if (sensor.highest_version >= desired_[tap]->version) raise(tap, highest_[tap]);
  sensor.offered = desired_[tap];
  happened(sensor, Deployment::kOffered);
  sensor.link->offer(++sensor.nonce, sensor.offered);
}

// A sensor refuses versions up to the highest it has trusted: the same policy gets a higher one.
void Rollout::raise(const std::string& tap, uint64_t above) {
  StoredPolicy higher = *desired_[tap];
  higher.version = above + 1;
  desired_[tap] = std::make_shared<const StoredPolicy>(higher);
  if (const auto current = rollouts_.find(rollout_of_[tap]); current != rollouts_.end()) {
    current->second.policies[tap] = desired_[tap];
  }
  journal_.save_policy(higher);
}

void Rollout::status(const SensorLink& link, const v1::PolicyStatus& status) {
  {
    const std::lock_guard lock(mutex_);
    Sensor* const sensor = owner_of(link);
    if (sensor == nullptr) return;
    sensor->known.last_heard_ns = now_();
    if (status.nonce() == 0) {
      sensor->running_digest = status.digest_in_use();
      sensor->status = std::make_shared<const v1::PolicyStatus>(status);
      return;
    }
    const bool stale =
        status.nonce() != sensor->nonce || sensor->offered == nullptr || status.digest() != sensor->offered->digest;
    if (stale) return;
    sensor->status = std::make_shared<const v1::PolicyStatus>(status);
    answered(*sensor, status);
  }
  bell_.ring();
}

void Rollout::answered(Sensor& sensor, const v1::PolicyStatus& status) {
  switch (status.state()) {
    case v1::POLICY_STATE_WARMED:
      return happened(sensor, Deployment::kWarmed, &status);
    case v1::POLICY_STATE_REJECTED:
      return happened(sensor, Deployment::kRejected, &status);
    case v1::POLICY_STATE_ACTIVE: {
      sensor.running_digest = status.digest();
      uint64_t& highest = highest_[sensor.known.tap];
      highest = std::max(highest, sensor.offered->version);  // ours, not what the answer says
      return happened(sensor, Deployment::kActive, &status);
    }
    default:
      return;
  }
}

void Rollout::heartbeat(const SensorLink& link, const v1::Heartbeat& heartbeat) {
  const std::lock_guard lock(mutex_);
  Sensor* const sensor = owner_of(link);
  if (sensor == nullptr) return;
  sensor->known.last_heard_ns = now_();
  sensor->heartbeat = std::make_shared<const v1::Heartbeat>(heartbeat);
}

void Rollout::gone(const SensorLink& link) {
  {
    const std::lock_guard lock(mutex_);
    Sensor* const sensor = owner_of(link);
    if (sensor == nullptr) return;
    sensor->link = nullptr;
    sensor->known.last_heard_ns = now_();
    journal_.save_sensor(sensor->known);
    const auto current = rollouts_.find(rollout_of_[sensor->known.tap]);
    if (current == rollouts_.end()) return;
    const auto state = current->second.sensors.find(sensor->known.name);
    if (state == current->second.sensors.end() || !under_way(state->second)) return;
    happened(*sensor, Deployment::kAway);
  }
  bell_.ring();
}

void Rollout::begin(uint64_t rollout, const std::vector<StoredPolicy>& policies) {
  {
    const std::lock_guard lock(mutex_);
    for (const StoredPolicy& policy : policies) {
      supersede(policy.tap);
      const PolicyImage before = desired_[policy.tap];
      desired_[policy.tap] = std::make_shared<const StoredPolicy>(policy);
      rollout_of_[policy.tap] = rollout;
      rollouts_[rollout].policies[policy.tap] = desired_[policy.tap];
      if (before != nullptr && before->version >= policy.version) raise(policy.tap, before->version);
    }
    for (auto& [name, sensor] : sensors_) {
      if (!rollouts_[rollout].policies.contains(sensor.known.tap)) continue;
      if (sensor.link) {
        offer(sensor);
      } else {
        happened(sensor, Deployment::kAway);
      }
    }
    while (rollouts_.size() > kMostRollouts) rollouts_.erase(rollouts_.begin());
  }
  bell_.ring();
}

// Ends what is under way on this tap.
void Rollout::supersede(const std::string& tap) {
  for (const auto& [name, sensor] : sensors_) {
    if (sensor.known.tap != tap) continue;
    const auto current = rollouts_.find(rollout_of_[tap]);
    if (current == rollouts_.end()) continue;
    const auto state = current->second.sensors.find(name);
    if (state == current->second.sensors.end()) continue;
    if (under_way(state->second) || state->second == Deployment::kAway) {
      happened(sensor, Deployment::kSuperseded);
    }
  }
}

void Rollout::happened(const Sensor& sensor, Deployment state, const v1::PolicyStatus* status) {
  const auto current = rollouts_.find(rollout_of_[sensor.known.tap]);
  if (current == rollouts_.end()) return;
  Record& record = current->second;
  const auto policy = record.policies.find(sensor.known.tap);
  if (policy == record.policies.end() || record.events.size() >= kMostEvents) return;
  record.sensors[sensor.known.name] = state;
  RolloutEvent event{
      sensor.known.name, sensor.known.tap, state, policy->second->version, policy->second->digest, {}, 0, 0, 0, now_()};
  if (status != nullptr) {
    event.errors = error_texts(*status);
    event.warm_ns = status->warm_ns();
    event.longest_pause_ns = status->swap().longest_pause_ns();
    event.lost_at_swap = status->swap().lost_after() - status->swap().lost_before();
  }
  record.events.push_back(std::move(event));
}

Rollout::Sensor* Rollout::owner_of(const SensorLink& link) {
  for (auto& [name, sensor] : sensors_) {
    if (sensor.link.get() == &link) return &sensor;
  }
  return nullptr;
}

uint64_t Rollout::next_version(const std::string& tap) const {
  const std::lock_guard lock(mutex_);
  const auto desired = desired_.find(tap);
  const auto highest = highest_.find(tap);
  return 1 + std::max(desired == desired_.end() ? 0 : desired->second->version,
                      highest == highest_.end() ? 0 : highest->second);
}

std::vector<std::string> Rollout::connected(const std::string& tap) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [name, sensor] : sensors_) {
    if (sensor.link && sensor.known.tap == tap) out.push_back(name);
  }
  return out;
}

std::vector<SensorView> Rollout::fleet() const {
  const std::lock_guard lock(mutex_);
  std::vector<SensorView> out;
  for (const auto& [name, sensor] : sensors_) {
    SensorView view{name,
                    sensor.known.tap,
                    sensor.known.software_version,
                    sensor.link != nullptr,
                    sensor.known.last_heard_ns,
                    sensor.heartbeat,
                    sensor.status,
                    0,
                    ""};
    if (const auto desired = desired_.find(sensor.known.tap); desired != desired_.end()) {
      view.desired_version = desired->second->version;
      view.desired_digest = desired->second->digest;
    }
    out.push_back(std::move(view));
  }
  return out;
}

Expected<RolloutEvents> Rollout::events(uint64_t rollout, size_t from) const {
  const std::lock_guard lock(mutex_);
  const auto found = rollouts_.find(rollout);
  if (found == rollouts_.end()) {
    return fail("no rollout " + std::to_string(rollout) + " is known", "",
                "rollouts are forgotten when the control plane restarts; 'glacis status' says who "
                "runs what");
  }
  const Record& record = found->second;
  RolloutEvents out;
  if (from < record.events.size()) {
    out.events.assign(record.events.begin() + static_cast<std::ptrdiff_t>(from), record.events.end());
  }
  out.over =
      record.events.size() >= kMostEvents || std::none_of(record.sensors.begin(), record.sensors.end(),
                                                          [](const auto& entry) { return under_way(entry.second); });
  return out;
}

}  // namespace glacis::control
