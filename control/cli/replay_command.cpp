#include <cerrno>
#include <cstring>
#include <ostream>
#include <sstream>

#include "control/cli/command.h"
#include "control/cli/sensor_child.h"
#include "control/report/check.h"

namespace glacis::control {

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
  const std::vector<std::string> given =
      options.given({"--workers", "--burst", "--seed", "--eve", "--checksums", "--vlan-in-key", "--stream-depth"});
  words.insert(words.end(), given.begin(), given.end());
  for (const std::string_view name : {"--flows", "--keep-duplicates", "--json"}) {
    if (options.has(name)) words.emplace_back(name);
  }
  words.insert(words.end(), options.words.begin(), options.words.end());
  return run_child(words);
}

}  // namespace glacis::control
