// Compiled with -march=x86-64 (see CMakeLists.txt): it must run where the rest cannot.
#include "sensor/runtime/cpu_check.h"

extern "C" const char* glacis_missing_cpu_feature(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2")) return "AVX2";
  if (!__builtin_cpu_supports("bmi2")) return "BMI2";
  if (!__builtin_cpu_supports("fma")) return "FMA";
  if (!__builtin_cpu_supports("popcnt")) return "POPCNT";
  if (!__builtin_cpu_supports("aes")) return "AES-NI";
  return nullptr;
}
