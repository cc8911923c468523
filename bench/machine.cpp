#include "bench/machine.h"

#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "bench/measure.h"
#include "dataplane/worker/reader.h"
#include "sensor/runtime/utc_text.h"

namespace glacis::bench {
namespace {

// The rest of the first line of `file` that begins with `key`.
std::string line_of(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return {};
}

std::string cpu_name() {
  const std::string rest = line_of("/proc/cpuinfo", "model name");
  const size_t at = rest.find_first_not_of("\t :");
  return at == std::string::npos ? "unknown CPU" : rest.substr(at);
}

// "always [madvise] never" -> "madvise"
std::string huge_pages() {
  const std::string line = line_of("/sys/kernel/mm/transparent_hugepage/enabled", "");
  const size_t open = line.find('['), close = line.find(']');
  return open == std::string::npos || close < open ? "none" : line.substr(open + 1, close - open - 1);
}

}  // namespace

Machine this_machine() {
  utsname name{};
  uname(&name);
  return {.cpu = cpu_name(),
          .cpus = std::thread::hardware_concurrency(),
          .kernel = std::string(name.sysname) + " " + name.release,
          .huge_pages = huge_pages(),
          .flags = GLACIS_BENCH_FLAGS,
          .date = sensor::utc_text(wall_clock()),
          .tsc_hz = tsc_hz()};
}

}  // namespace glacis::bench
