#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "control/cli/command.h"
#include "control/report/check.h"

namespace glacis::control {
namespace {

// A file that goes when the command ends.
class TemporaryFile {
 public:
  TemporaryFile() {
    const char* const folder = std::getenv("TMPDIR");
    path_ = std::string(folder != nullptr ? folder : "/tmp") + "/glacis-policy-XXXXXX";
    fd_ = mkstemp(path_.data());
  }
  ~TemporaryFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] bool good() const { return fd_ >= 0; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_ = -1;
};

// The sensor beside this program, in the build's neighbouring folder, or on PATH.
std::string sensor_path() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const auto& candidate :
       {self.parent_path() / "glacis-sensor", self.parent_path() / "../../sensor/glacis-sensor"}) {
    if (std::filesystem::exists(candidate, error)) return candidate.lexically_normal();
  }
  return "glacis-sensor";
}

int run_child(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
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

}  // namespace

int run_replay_command(const Options& options, Console& console) {
  const std::vector<std::string> models = options.all("--model");
  if (models.empty() || options.words.empty()) {
    console.err << "glacis: replay needs captures and a model: glacis replay traffic.pcap --model web-shop.yaml\n";
    return kExitUsage;
  }
  const TemporaryFile policy;
  if (!policy.good()) {
    console.err << "glacis: cannot write " << policy.path() << ": " << std::strerror(errno) << "; set TMPDIR\n";
    return kExitUsage;
  }
  std::ostringstream report;
  const CompileOptions compile{options.get("--tap"), policy.path(), {}};
  if (const int code = run_compile(models, compile, report); code != kExitGood) {
    console.err << report.str();
    return code;
  }
  std::vector<std::string> words = {sensor_path(), "replay", "--policy", policy.path()};
  for (const std::string_view name :
       {"--workers", "--burst", "--seed", "--eve", "--checksums", "--vlan-in-key", "--stream-depth"}) {
    if (options.has(name)) words.insert(words.end(), {std::string(name), options.get(name)});
  }
  for (const std::string_view name : {"--flows", "--keep-duplicates", "--json"}) {
    if (options.has(name)) words.emplace_back(name);
  }
  words.insert(words.end(), options.words.begin(), options.words.end());
  return run_child(words);
}

}  // namespace glacis::control
