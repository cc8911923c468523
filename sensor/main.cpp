// Compiled for the x86-64 baseline: nothing here may need what the check below asks for.
#include <cstdio>

#include "proto/quiet_grpc.h"
#include "sensor/program.h"
#include "sensor/runtime/cpu_check.h"

int main(int argc, char** argv) {
  if (const char* missing = glacis_missing_cpu_feature(); missing != nullptr) {
    std::fprintf(stderr,
                 "glacis-sensor: this CPU lacks %s; the sensor needs x86-64-v3 (Intel Haswell, AMD "
                 "Excavator, or newer)\n",
                 missing);
    return 69;
  }
  glacis::quiet_grpc();
  return glacis_sensor_program(argc, argv);
}
