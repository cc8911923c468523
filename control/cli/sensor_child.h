#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glacis::control {

// A file that goes when the command ends.
class TemporaryFile {
 public:
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] bool good() const { return fd_ >= 0; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_ = -1;
};

// The sensor beside this program, in the build's neighbouring folder, or on PATH.
[[nodiscard]] std::string sensor_path();

enum class ChildOutput : uint8_t { kShown, kDropped };
// Starts a program, waits for it, and gives its exit code; what it says on stderr is shown, or goes into the file
// `errors_to`. Thread: the command's.
[[nodiscard]] int run_child(const std::vector<std::string>& words, ChildOutput output = ChildOutput::kShown,
                            const std::string& errors_to = "");

}  // namespace glacis::control
