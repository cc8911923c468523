#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace glacis::bench {

struct MeasureOptions {
  int runs = 5;
  int64_t run_ns = 200'000'000;  // at least this long each
};

// What was measured; constant over the runs.
struct Subject {
  std::string name;   // "pipeline, 10 k flows"
  std::string mix;    // packet sizes and protocols
  uint64_t flows = 0;
  uint32_t burst = 0;
  std::string policy = {};  // empty: none involved
};

// One line of the report. Cycles are those of the time stamp counter.
struct Result {
  Subject subject;
  uint64_t packets = 0;  // of all runs
  double ns = 0, ns_least = 0, ns_most = 0;  // per packet: median, spread
  double cycles = 0;                         // per packet: median
  double allocations = 0;                    // per packet
  uint64_t drops = 0;                        // packets that came to no flow
};

// Runs `round` once to warm up, then `runs` times for run_ns each. `round` works on some packets and
// returns how many; `drops` gives the drops so far. Time is CLOCK_MONOTONIC_RAW, read around a run only.
[[nodiscard]] Result measure(const Subject& subject, const MeasureOptions& options, const std::function<uint64_t()>& round,
                             const std::function<uint64_t()>& drops = [] { return uint64_t{0}; });

// Ticks of the time stamp counter per second, against CLOCK_MONOTONIC_RAW.
[[nodiscard]] double tsc_hz();

// Keeps a value from being optimised away.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace glacis::bench
