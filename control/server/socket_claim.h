#pragma once

#include <string>

#include "dataplane/base/error.h"

namespace glacis::control {

// The right to serve a Unix socket's path: gRPC takes away whatever socket it finds at its path, in use or not, and
// removes it again at its end. Held by a lock on PATH.lock, so that two that start together do not both get it and a
// killed one leaves nothing that must be cleaned up. Owns the lock file; it goes with the claim. Thread: one.
class SocketClaim {
 public:
  // Fails when another control plane holds the path, when anything answers there, when the lock cannot be written.
  [[nodiscard]] static Expected<SocketClaim> take(const std::string& path);
  ~SocketClaim();
  SocketClaim(SocketClaim&& other) noexcept;
  SocketClaim(const SocketClaim&) = delete;
  SocketClaim& operator=(const SocketClaim&) = delete;
  SocketClaim& operator=(SocketClaim&&) = delete;

 private:
  SocketClaim(std::string lock_path, int lock);
  std::string lock_path_;
  int lock_;  // -1: moved from
};

}  // namespace glacis::control
