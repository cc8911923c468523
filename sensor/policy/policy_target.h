#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/error.h"

namespace glacis::sensor {

// What one swap cost; the fields of v1::SwapReport.
struct SwapCost {
  std::string previous_digest;
  uint64_t generation = 0;
  uint64_t received_before = 0, processed_before = 0, lost_before = 0;
  uint64_t received_after = 0, processed_after = 0, lost_after = 0;
  int64_t longest_pause_ns = 0;
  int64_t swap_ns = 0;
};

// Where a policy goes: the engine, or a fake. Called by the policy client's warming thread alone, never
// by a worker; both calls may take seconds.
class PolicyTarget {
 public:
  virtual ~PolicyTarget() = default;
  // Verifies and builds; what was warm before is forgotten, what runs stays. Every fault at once.
  // `bytes` are hostile; their digest has been checked. Returns what it took in ns.
  [[nodiscard]] virtual ExpectedAll<int64_t> warm(const std::string& bytes, uint64_t version) = 0;
  // Puts what is warm in use; returns when every worker is on it. Only after a warm() that succeeded.
  virtual SwapCost activate() = 0;
};

}  // namespace glacis::sensor
