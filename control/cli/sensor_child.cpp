#include "control/cli/sensor_child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "control/cli/command.h"

namespace glacis::control {

TemporaryFile::TemporaryFile() {
  const char* const folder = std::getenv("TMPDIR");
  path_ = std::string(folder != nullptr ? folder : "/tmp") + "/glacis-XXXXXX";
  fd_ = mkstemp(path_.data());
}

TemporaryFile::~TemporaryFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(path_.c_str());
}

std::string sensor_path() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const auto& candidate :
       {self.parent_path() / "glacis-sensor", self.parent_path() / "../../sensor/glacis-sensor"}) {
    if (std::filesystem::exists(candidate, error)) return candidate.lexically_normal();
  }
  return "glacis-sensor";
}

int run_child(const std::vector<std::string>& words, ChildOutput output, const std::string& errors_to) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (const int null = output == ChildOutput::kDropped ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1; null >= 0)
      dup2(null, STDOUT_FILENO);
    const int errors = errors_to.empty() ? -1 : open(errors_to.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (errors >= 0) dup2(errors, STDERR_FILENO);
    execvp(argv[0], argv.data());
    std::cerr << "glacis: cannot start " << words[0] << ": " << std::strerror(errno) << "\n";
    _exit(127);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0 || WIFSIGNALED(status)) {
    std::cerr << "glacis: " << words[0] << " ended by signal " << (child < 0 ? 0 : WTERMSIG(status)) << "\n";
    return kExitFindings;
  }
  return WEXITSTATUS(status);
}

}  // namespace glacis::control
