#pragma once

// Which part of x86-64-v3 this CPU lacks ("AVX2"); null: none. Uses nothing but the baseline, so that
// an older CPU gets a sentence instead of an illegal instruction. Thread: any.
extern "C" const char* glacis_missing_cpu_feature(void);
