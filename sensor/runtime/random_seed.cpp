#include "sensor/runtime/random_seed.h"

#include <sys/random.h>

namespace glacis::sensor {

uint64_t random_seed() {
  uint64_t seed = 0;
  // Before the kernel's pool is ready nothing better is to be had than 0 and a warning is of no
  // use.
  (void)getrandom(&seed, sizeof seed, 0);
  return seed;
}

}  // namespace glacis::sensor
