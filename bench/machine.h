#pragma once

#include <cstdint>
#include <string>

namespace glacis::bench {

struct Machine {
  std::string cpu;  // "AMD EPYC ..."
  unsigned cpus = 0;
  std::string kernel;
  std::string huge_pages;  // the kernel's transparent ones: always | madvise | never
  std::string flags;       // compiler, version, options
  std::string date;        // UTC, of the start
  double tsc_hz = 0;
};

[[nodiscard]] Machine this_machine();

}  // namespace glacis::bench
