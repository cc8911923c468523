#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "dataplane/base/error.h"
#include "dataplane/worker/engine.h"
#include "sensor/policy/policy_target.h"

namespace glacis::sensor {

// Policies into the running engine: build and warm, then swap. A policy that is refused changes
// nothing. Borrows the engine. Thread: the policy client's warming thread.
class PolicyHost final : public PolicyTarget {
 public:
  // A policy for another tap than `tap` is refused. Generations are numbered from `first_generation`
  // + 1: the engine started with that one.
  PolicyHost(Engine& engine, std::string tap, GenerationId first_generation)
      : engine_(engine), tap_(std::move(tap)), last_generation_(first_generation.value) {}

  ExpectedAll<int64_t> warm(const std::string& bytes, uint64_t version) override;
  SwapCost activate() override;

 private:
  Engine& engine_;
  const std::string tap_;
  uint32_t last_generation_;
  std::shared_ptr<const Generation> warm_;
};

// A policy without rules, for a sensor that has none yet: it records flows and alerts on nothing.
[[nodiscard]] ExpectedAll<std::shared_ptr<const Generation>> blank_generation(const std::string& tap);

}  // namespace glacis::sensor
