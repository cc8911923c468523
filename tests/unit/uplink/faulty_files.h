#pragma once

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "sensor/state/state_files.h"
#include "tests/fakes/temporary_folder.h"

namespace glacis::sensor {

// A real disk whose calls can be made to fail.
class FaultyFiles : public DiskFiles {
 public:
  std::atomic<bool> full{false};  // append writes `part_bytes` of what it gets, then fails
  std::atomic<size_t> part_bytes{0};
  std::atomic<bool> sync_fails{false};
  std::atomic<bool> truncate_fails{false};
  std::atomic<bool> read_fails{false};
  std::atomic<bool> replace_fails{false};
  std::atomic<uint64_t> free{UINT64_MAX};
  std::atomic<uint64_t> syncs{0};

  Expected<void> append(int file, const std::string& path, std::string_view bytes) override {
    if (!full) return DiskFiles::append(file, path, bytes);
    (void)DiskFiles::append(file, path, bytes.substr(0, part_bytes));
    return fail("cannot write: No space left on device", path);
  }
  Expected<void> sync(int file, const std::string& path) override {
    ++syncs;
    if (sync_fails) return fail("cannot sync: Input/output error", path);
    return DiskFiles::sync(file, path);
  }
  Expected<void> truncate(const std::string& path, uint64_t bytes) override {
    if (truncate_fails) return fail("cannot truncate: Input/output error", path);
    return DiskFiles::truncate(path, bytes);
  }
  Expected<std::string> read(const std::string& path, uint64_t offset, size_t most) override {
    if (read_fails) return fail("cannot read: Input/output error", path);
    return DiskFiles::read(path, offset, most);
  }
  Expected<void> replace(const std::string& path, std::string_view bytes) override {
    if (replace_fails) return fail("cannot write: No space left on device", path);
    return DiskFiles::replace(path, bytes);
  }
  Expected<uint64_t> free_bytes(const std::string& path) override {
    return free == UINT64_MAX ? DiskFiles::free_bytes(path) : Expected<uint64_t>(free.load());
  }
};

}  // namespace glacis::sensor
