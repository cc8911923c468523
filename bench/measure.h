#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace glacis::bench {

struct MeasureOptions {
  int runs = 5;
  int64_t run_ns = 200'000'000;  // at least this long each
  // Not 0: nothing is timed; each line works on so many packets, which valgrind's callgrind counts the
  // instructions of (--collect-atstart=no), one profile for each.
  uint64_t count = 0;
};

// Others stand beside ours: nothing is promised of what they allocate.
enum class Whose : uint8_t { kOurs, kAnother };

// What was measured; constant over the runs.
struct Subject {
  std::string part;   // "pipeline"
  std::string block;  // what its neighbours have in common: input and policy
  std::string name;   // "known flows"
  uint64_t flows = 0;
  uint32_t burst = 0;
  Whose whose = Whose::kOurs;
};

// One line of the report.
struct Result {
  Subject subject;
  uint64_t packets = 0;                      // of all runs
  std::vector<double> runs_ns;               // per packet, in the order of the runs
  double ns = 0, ns_least = 0, ns_most = 0;  // per packet: median and spread
  double allocations = 0;                    // per packet
  uint64_t drops = 0;                        // packets or events lost on the way
  double off_cpu = 0;                        // share of the time in which the thread did not run
  double times_first = 0;                    // beside the first line of its comparison; 0: compared with nothing
};

// Runs `round` to warm up for a fifth of a run, then `runs` times for run_ns each. `round` works on
// about 64 packets or more and returns how many; `drops` gives the drops so far. Time is the
// thread's own (CLOCK_THREAD_CPUTIME_ID, read around a run): on a machine where others run too,
// their turns do not count, but what they do to the caches does, so off_cpu says how much of them
// there was.
[[nodiscard]] Result measure(
    const Subject& subject, const MeasureOptions& options, const std::function<uint64_t()>& round,
    const std::function<uint64_t()>& drops = [] { return uint64_t{0}; });

// Whether options.count can be had: valgrind's header was there when this was built.
[[nodiscard]] bool can_count();

[[nodiscard]] double median(std::vector<double> values);

// Ticks of the time stamp counter per second, against CLOCK_MONOTONIC_RAW.
[[nodiscard]] double tsc_hz();

// CPU time that the calling thread has had.
[[nodiscard]] int64_t thread_cpu_ns();

// Keeps a value from being optimised away.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace glacis::bench
