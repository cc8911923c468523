#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis::sensor {

// The calls to the file system that the spool and the policy store need, so that a test can make each
// of them fail. Every error names the path and what the system said. Thread: any.
class StateFiles {
 public:
  virtual ~StateFiles() = default;
  [[nodiscard]] virtual Expected<void> make_directories(const std::string& path) = 0;
  // Names in a folder, sorted, without "." and "..".
  [[nodiscard]] virtual Expected<std::vector<std::string>> list(const std::string& path) = 0;
  // A new file, opened for appending; fails when it exists. Give the number back with close().
  [[nodiscard]] virtual Expected<int> create(const std::string& path) = 0;
  // All of `bytes`; on failure a part of them may stand in the file.
  [[nodiscard]] virtual Expected<void> append(int file, const std::string& path, std::string_view bytes) = 0;
  [[nodiscard]] virtual Expected<void> sync(int file, const std::string& path) = 0;
  virtual void close(int file) = 0;
  // At most `most` bytes from `offset`; fewer at the end of the file.
  [[nodiscard]] virtual Expected<std::string> read(const std::string& path, uint64_t offset, size_t most) = 0;
  [[nodiscard]] virtual Expected<uint64_t> size(const std::string& path) = 0;
  [[nodiscard]] virtual Expected<void> truncate(const std::string& path, uint64_t bytes) = 0;
  // The whole file or the old one: written beside it, synced, renamed, folder synced.
  [[nodiscard]] virtual Expected<void> replace(const std::string& path, std::string_view bytes) = 0;
  // A file or an empty folder; one that is not there is no failure.
  [[nodiscard]] virtual Expected<void> remove(const std::string& path) = 0;
  // What an unprivileged writer may still use on that file system.
  [[nodiscard]] virtual Expected<uint64_t> free_bytes(const std::string& path) = 0;
  // False only where the system says that it is not there; what cannot be looked at may be.
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
};

// The real ones.
class DiskFiles : public StateFiles {
 public:
  Expected<void> make_directories(const std::string& path) override;
  Expected<std::vector<std::string>> list(const std::string& path) override;
  Expected<int> create(const std::string& path) override;
  Expected<void> append(int file, const std::string& path, std::string_view bytes) override;
  Expected<void> sync(int file, const std::string& path) override;
  void close(int file) override;
  Expected<std::string> read(const std::string& path, uint64_t offset, size_t most) override;
  Expected<uint64_t> size(const std::string& path) override;
  Expected<void> truncate(const std::string& path, uint64_t bytes) override;
  Expected<void> replace(const std::string& path, std::string_view bytes) override;
  Expected<void> remove(const std::string& path) override;
  Expected<uint64_t> free_bytes(const std::string& path) override;
  bool exists(const std::string& path) override;

 private:
  [[nodiscard]] Expected<void> write_whole(const std::string& path, std::string_view bytes);
};

}  // namespace glacis::sensor
