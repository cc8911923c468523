#pragma once

#include <string>

namespace glacis::bench {

struct Machine {
  std::string cpu;     // "AMD EPYC ..."
  unsigned cpus = 0;
  std::string kernel;
  std::string flags;   // compiler, version, options
  double tsc_hz = 0;
};

[[nodiscard]] Machine this_machine();

}  // namespace glacis::bench
