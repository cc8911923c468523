#include "bench/suricata_bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace glacis::bench {
namespace {

constexpr const char* kProgram = "suricata";

// A folder for what the process writes; goes with the object.
class Scratch {
 public:
  Scratch() {
    std::error_code none;
    std::string name = std::filesystem::temp_directory_path(none) / "glacis-suricata-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    std::error_code none;
    if (!path_.empty()) std::filesystem::remove_all(path_, none);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

double seconds_of(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

// CPU seconds of the process over one capture.
Expected<double> cpu_s(const std::string& capture, const std::string& folder) {
  const char* const words[] = {kProgram, "-r", capture.c_str(), "-S", "/dev/null", "-l", folder.c_str(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_WRONLY, 0);
  }
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, kProgram, &files, nullptr, const_cast<char* const*>(words), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) return fail(std::string("cannot start it: ") + std::strerror(error), kProgram);
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child)
    return fail(std::string("lost it: ") + std::strerror(errno), kProgram);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail("it failed over " + capture, kProgram, "run it by hand: suricata -r FILE -S /dev/null -l FOLDER");
  }
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

}  // namespace

bool suricata_is_here() {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + kProgram).c_str(), X_OK) == 0) return true;
  }
  return false;
}

Expected<Result> suricata_line(const Setting& setting, const Subject& subject, const std::string& capture,
                               const std::string& empty_capture, uint64_t packets) {
  const Scratch scratch;
  if (scratch.path().empty()) return fail("no folder for temporary files", "TMPDIR");
  Result out;
  out.subject = subject;
  out.packets = packets * static_cast<uint64_t>(setting.measure.runs);
  for (int i = 0; i < setting.measure.runs; ++i) {
    const auto whole = cpu_s(capture, scratch.path());
    if (!whole) return std::unexpected(whole.error());
    const auto start_up = cpu_s(empty_capture, scratch.path());
    if (!start_up) return std::unexpected(start_up.error());
    out.runs_ns.push_back(std::max(0.0, *whole - *start_up) * 1e9 / static_cast<double>(packets));
  }
  out.ns = median(out.runs_ns);
  out.ns_least = std::ranges::min(out.runs_ns);
  out.ns_most = std::ranges::max(out.runs_ns);
  return out;
}

}  // namespace glacis::bench
