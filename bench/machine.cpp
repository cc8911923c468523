#include "bench/machine.h"

#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "bench/measure.h"

namespace glacis::bench {
namespace {

std::string cpu_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

Machine this_machine() {
  utsname name{};
  uname(&name);
  return {cpu_name(), std::thread::hardware_concurrency(), std::string(name.sysname) + " " + name.release, GLACIS_BENCH_FLAGS, tsc_hz()};
}

}  // namespace glacis::bench
