#pragma once

#include <cstdint>

namespace glacis::sensor {

// What the alert writer gave up at its limits.
struct AlertWriterCounters {
  uint64_t alerts_forgotten = 0;  // open alerts that get no further revision
  uint64_t folds_evicted = 0;     // their next repeat opens an alert of its own
};

}  // namespace glacis::sensor
