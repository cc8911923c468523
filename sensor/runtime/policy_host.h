#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "dataplane/base/error.h"
#include "dataplane/worker/engine.h"

namespace glacis::sensor {

// Policies into the running engine: build and warm, then swap. A policy that is refused changes
// nothing. Borrows the engine. Threads: any, one at a time by its mutex; never a worker.
class PolicyHost {
 public:
  explicit PolicyHost(Engine& engine) : engine_(engine) {}

  struct Warmed {
    std::shared_ptr<const Generation> generation;
    int64_t warm_ns = 0;  // what building took
  };
  // Verifies and builds `bytes`, compiles patterns, opens streams. Every fault is named.
  [[nodiscard]] ExpectedAll<Warmed> warm(const std::string& bytes, uint64_t version);
  // Puts it in use; returns when every worker is on it.
  Swap activate(const Warmed& warmed);

  [[nodiscard]] uint64_t version() const;
  [[nodiscard]] std::string digest() const;  // 32 bytes; empty before the first policy

 private:
  Engine& engine_;
  mutable std::mutex mutex_;
  uint32_t next_generation_ = 2;  // 1 is what the engine started with; guarded by mutex_
};

// A policy without rules, for a sensor that has none yet: it records flows and alerts on nothing.
[[nodiscard]] ExpectedAll<std::shared_ptr<const Generation>> blank_generation(const std::string& tap);

}  // namespace glacis::sensor
