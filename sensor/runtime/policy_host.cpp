#include "sensor/runtime/policy_host.h"

#include <chrono>

#include "glacis/v1/policy.pb.h"

namespace glacis::sensor {

ExpectedAll<int64_t> PolicyHost::warm(const std::string& bytes, uint64_t version) {
  const auto began = std::chrono::steady_clock::now();
  warm_.reset();
  auto built = build_generation(bytes, GenerationId(last_generation_ + 1), version, engine_.current().get());
  if (!built) return std::unexpected(std::move(built.error()));
  if (const std::string& tap = (*built)->policy().tap(); tap != tap_) {
    return std::unexpected(std::vector{Error{"the policy is for tap '" + tap + "', this sensor is on '" + tap_ + "'",
                                             "tap", "the sensor's `tap`, or who offered it"}});
  }
  if (auto warmed = engine_.warm(**built); !warmed) {
    return std::unexpected(std::vector<Error>{warmed.error()});
  }
  ++last_generation_;
  warm_ = std::move(*built);
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - began).count();
}

SwapCost PolicyHost::activate() {
  const Swap swap = engine_.swap(std::move(warm_));
  SwapCost out;
  out.previous_digest = swap.previous_digest;
  out.generation = swap.generation.value;
  out.received_before = swap.before.received;
  out.processed_before = swap.before.processed;
  out.lost_before = swap.before.lost();
  out.received_after = swap.after.received;
  out.processed_after = swap.after.processed;
  out.lost_after = swap.after.lost();
  out.longest_pause_ns = swap.longest_pause_ns;
  out.swap_ns = swap.swap_ns;
  return out;
}

ExpectedAll<std::shared_ptr<const Generation>> blank_generation(const std::string& tap) {
  v1::Policy policy;
  policy.set_language(1);
  policy.set_tap(tap);
  return build_generation(policy.SerializeAsString(), GenerationId(1), 0, nullptr);
}

}  // namespace glacis::sensor
