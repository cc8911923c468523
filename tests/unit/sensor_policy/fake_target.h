#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "sensor/policy/policy_target.h"

namespace glacis::sensor {

// An engine that notes what it is asked to do. A policy whose bytes begin with "bad" does not build.
class FakeTarget final : public PolicyTarget {
 public:
  // Called in the middle of a warm or an activation, from the thread that asked for it.
  std::function<void()> while_warming, while_activating;
  std::vector<Error> faults{{"no rule 7", "flows[0].rule", ""}};

  ExpectedAll<int64_t> warm(const std::string& bytes, uint64_t version) override {
    note("warm " + bytes.substr(0, 16) + " " + std::to_string(version));
    if (const auto call = std::exchange(while_warming, nullptr)) call();
    warm_ = bytes;
    if (bytes.starts_with("bad")) return std::unexpected(faults);
    return 1'000 + static_cast<int64_t>(bytes.size());
  }
  SwapCost activate() override {
    note("activate " + warm_.substr(0, 16));
    if (const auto call = std::exchange(while_activating, nullptr)) call();
    SwapCost cost;
    cost.previous_digest = "before";
    cost.generation = ++generation_;
    cost.received_before = 10, cost.processed_before = 9, cost.lost_before = 1;
    cost.received_after = 20, cost.processed_after = 18, cost.lost_after = 2;
    cost.longest_pause_ns = 345, cost.swap_ns = 678;
    return cost;
  }
  [[nodiscard]] std::vector<std::string> calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }

 private:
  void note(std::string call) {
    const std::scoped_lock lock(mutex_);
    calls_.push_back(std::move(call));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> calls_;
  std::string warm_;
  uint64_t generation_ = 1;
};

}  // namespace glacis::sensor
