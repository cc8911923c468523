#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/stretches.h"

namespace glacis {

// What was read of one capture.
struct CaptureRead {
  std::string path;
  uint64_t packets = 0;
  Stretches seen;  // the times of its packets
};

}  // namespace glacis
