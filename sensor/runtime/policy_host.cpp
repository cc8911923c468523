#include "sensor/runtime/policy_host.h"

#include <chrono>

#include "glacis/v1/policy.pb.h"

namespace glacis::sensor {

ExpectedAll<PolicyHost::Warmed> PolicyHost::warm(const std::string& bytes, uint64_t version) {
  const std::scoped_lock lock(mutex_);
  const auto began = std::chrono::steady_clock::now();
  auto built = build_generation(bytes, GenerationId(next_generation_), version, engine_.current().get());
  if (!built) return std::unexpected(std::move(built.error()));
  if (auto warmed = engine_.warm(**built); !warmed) {
    return std::unexpected(std::vector<Error>{warmed.error()});
  }
  ++next_generation_;
  const auto took = std::chrono::steady_clock::now() - began;
  return Warmed{std::move(*built), std::chrono::nanoseconds(took).count()};
}

Swap PolicyHost::activate(const Warmed& warmed) {
  const std::scoped_lock lock(mutex_);
  return engine_.swap(warmed.generation);
}

uint64_t PolicyHost::version() const {
  const std::scoped_lock lock(mutex_);
  return engine_.current()->version();
}

std::string PolicyHost::digest() const {
  const std::scoped_lock lock(mutex_);
  const auto current = engine_.current();
  return current->version() == 0 && current->policy().models().empty() ? std::string() : current->digest();
}

ExpectedAll<std::shared_ptr<const Generation>> blank_generation(const std::string& tap) {
  v1::Policy policy;
  policy.set_language(1);
  policy.set_tap(tap);
  return build_generation(policy.SerializeAsString(), GenerationId(1), 0, nullptr);
}

}  // namespace glacis::sensor
