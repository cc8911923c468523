#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sensor/state/state_files.h"

namespace glacis::test {

// A disk in memory that loses nothing and takes everything, unless `replace_fails`. Folders exist once
// they are made or something lies in them. Thread: one.
class MemoryFiles : public sensor::StateFiles {
 public:
  bool replace_fails = false;
  bool failed = false;  // some call was made to fail

  Expected<void> make_directories(const std::string&) override { return {}; }
  Expected<std::vector<std::string>> list(const std::string& path) override {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files_) {
      if (name.starts_with(path + "/")) names.push_back(name.substr(path.size() + 1));
    }
    return names;
  }
  Expected<int> create(const std::string& path) override {
    if (exists(path)) return fail("exists already", path);
    files_[path].clear();
    return 0;
  }
  Expected<void> append(int, const std::string& path, std::string_view bytes) override {
    files_[path] += bytes;
    return {};
  }
  Expected<void> sync(int, const std::string&) override { return {}; }
  void close(int) override {}
  Expected<std::string> read(const std::string& path, uint64_t offset, size_t most) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return fail("no such file", path);
    if (offset >= found->second.size()) return std::string();
    return found->second.substr(offset, most);
  }
  Expected<uint64_t> size(const std::string& path) override {
    if (!exists(path)) return fail("no such file", path);
    return files_[path].size();
  }
  Expected<void> truncate(const std::string& path, uint64_t bytes) override {
    files_[path].resize(bytes);
    return {};
  }
  Expected<void> replace(const std::string& path, std::string_view bytes) override {
    failed |= replace_fails;
    if (replace_fails) return fail("cannot write: No space left on device", path);
    files_[path] = bytes;
    return {};
  }
  Expected<void> remove(const std::string& path) override {
    files_.erase(path);
    return {};
  }
  Expected<uint64_t> free_bytes(const std::string&) override { return uint64_t{1} << 40; }
  bool exists(const std::string& path) override { return files_.contains(path); }

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace glacis::test
