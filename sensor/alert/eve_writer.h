#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/error.h"

namespace glacis::sensor {

// Lines to a file or stdout ("-"), kept in memory until flush() or 64 KiB. What a full disk or a closed
// pipe does not take is lost, counted line by line, and writing goes on: a line of which a part was
// written is ended by the next one, so that one line is broken and no other.
// Owns the file. Thread: one; lost and trouble by any.
class EveWriter {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<EveWriter>> open(const std::string& path);
  ~EveWriter();
  EveWriter(const EveWriter&) = delete;
  EveWriter& operator=(const EveWriter&) = delete;

  void line(const std::string& text);
  void flush();
  [[nodiscard]] uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }
  // "/var/log/eve.json: 8 EVE lines could not be written: No space left on device"; empty: none.
  [[nodiscard]] std::string trouble() const;

 private:
  EveWriter(std::string path, int file) : path_(std::move(path)), file_(file) {}
  void lose(size_t from, int error);

  const std::string path_;
  const int file_;
  std::string waiting_;
  bool torn_ = false;  // the file ends in the middle of a line
  std::atomic<uint64_t> lost_{0};
  std::atomic<int> error_{0};
};

}  // namespace glacis::sensor
