#pragma once

#include <string>

#include "dataplane/base/error.h"

namespace glacis::sensor {

// Holds a state folder for one process: two that share it would take each other's spools for what an
// earlier run left. An flock on DIR/lock, so it ends with the process, however that ends; the file stays
// and names the process that held it last. Owns the file. Thread: one.
class StateLock {
 public:
  StateLock() = default;
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

  // Makes the folder if need be. Fails when it cannot be written, or when another holds it: then with its
  // process id, where the file says it.
  [[nodiscard]] Expected<void> take(const std::string& folder);

 private:
  int file_ = -1;
};

}  // namespace glacis::sensor
