#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace glacis::sensor {

// How long to wait before dialling again: doubles up to a limit, each time between half of it and all of
// it, so that sensors whose control plane restarts do not come back in step. Thread: its owner's.
class Backoff {
 public:
  Backoff(int64_t first_ms, int64_t longest_ms, uint64_t seed)
      : first_ms_(std::max<int64_t>(first_ms, 1)), longest_ms_(std::max(longest_ms, first_ms_)), random_(seed) {}

  [[nodiscard]] int64_t next_ms() {
    wait_ms_ = wait_ms_ == 0 ? first_ms_ : std::min(wait_ms_ * 2, longest_ms_);
    return wait_ms_ / 2 + static_cast<int64_t>(random_() % static_cast<uint64_t>(wait_ms_ / 2 + 1));
  }
  // The last stream was good for something.
  void reset() { wait_ms_ = 0; }

 private:
  const int64_t first_ms_, longest_ms_;
  int64_t wait_ms_ = 0;
  std::mt19937_64 random_;
};

}  // namespace glacis::sensor
