#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/base/error.h"
#include "sensor/state/state_files.h"

namespace glacis::sensor {

struct StoredPolicy {
  uint64_t version = 0;
  std::string digest;  // SHA-256 of bytes, 32 bytes
  std::string bytes;
};

// The last policy that was active, and the highest version this sensor ever trusted: `policy.bin` and
// `trusted-version` in the state folder, each with a checksum, replaced as a whole.
// Borrows `files`. Threads: any, by its mutex.
class PolicyStore {
 public:
  // Makes the folder; reads the version. Fails on an unreadable folder and on a damaged version file:
  // without it an old policy could be slipped in, so a person has to look.
  [[nodiscard]] static Expected<std::unique_ptr<PolicyStore>> open(const std::string& directory, StateFiles& files);

  // Nothing: none was stored. An error: it is there and damaged.
  [[nodiscard]] Expected<std::optional<StoredPolicy>> load() const;
  // Keeps both; the version never falls. Empty bytes: the version alone.
  [[nodiscard]] Expected<void> save(const StoredPolicy& policy);
  [[nodiscard]] uint64_t highest_version() const;

 private:
  PolicyStore(std::string directory, StateFiles& files) : directory_(std::move(directory)), files_(files) {}

  [[nodiscard]] std::string policy_file() const;
  [[nodiscard]] std::string version_file() const;

  const std::string directory_;
  StateFiles& files_;
  mutable std::mutex mutex_;
  uint64_t highest_ = 0;
};

[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace glacis::sensor
