#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "dataplane/base/error.h"

namespace glacis::sensor {

// Lines to a file or stdout ("-"). A full disk loses lines, counts them, and goes on. Owns the file.
// Thread: one.
class EveWriter {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<EveWriter>> open(const std::string& path);
  ~EveWriter();
  EveWriter(const EveWriter&) = delete;
  EveWriter& operator=(const EveWriter&) = delete;

  void line(const std::string& text);
  void flush();
  [[nodiscard]] uint64_t written() const { return written_; }
  [[nodiscard]] uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  EveWriter(std::string path, FILE* file) : path_(std::move(path)), file_(file) {}
  const std::string path_;
  FILE* const file_;
  uint64_t written_ = 0;
  std::atomic<uint64_t> lost_{0};  // read for the health by another thread
};

}  // namespace glacis::sensor
