#include "sensor/state/state_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace glacis::sensor {
namespace {

constexpr const char* kHint = "name a folder that this user may write: --state DIR";

// " (process 4711)"; nothing where the holder has not said it yet.
std::string holder(int file) {
  std::array<char, 32> text{};
  const ssize_t bytes = ::pread(file, text.data(), text.size(), 0);
  long process = 0;
  if (bytes <= 0 || std::from_chars(text.data(), text.data() + bytes, process).ec != std::errc()) return "";
  return " (process " + std::to_string(process) + ")";
}

}  // namespace

StateLock::~StateLock() {
  if (file_ >= 0) ::close(file_);
}

Expected<void> StateLock::take(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail("cannot make the folder: " + error.message(), folder, kHint);
  const std::string path = folder + "/lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (file_ < 0) return fail(std::string("cannot write: ") + std::strerror(errno), path, kHint);
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    return fail("another glacis-sensor" + holder(file_) + " uses this state folder", folder,
                "stop it, or give this one its own: --state DIR");
  }
  // Only for the message above: that it cannot be written on a full disk is no reason to stay away.
  const std::string process = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file_, 0) == 0) (void)!::pwrite(file_, process.data(), process.size(), 0);
  return {};
}

}  // namespace glacis::sensor
