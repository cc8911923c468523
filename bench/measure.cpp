#include "bench/measure.h"

#include <time.h>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#define GLACIS_COUNTS 1
#else
#define GLACIS_COUNTS 0
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_DUMP_STATS
#endif
#include <x86intrin.h>

#include <algorithm>

#include "bench/allocation_count.h"

namespace glacis::bench {
namespace {

constexpr int64_t kBetweenReadings_ns = 1'000'000;

int64_t now_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

int64_t raw_ns() { return now_ns(CLOCK_MONOTONIC_RAW); }

// Runs `round` for a while; how many rounds fit between two readings of the clock, so that the
// reading costs nothing that shows.
uint64_t warm_up(const std::function<uint64_t()>& round, int64_t span_ns) {
  const int64_t start = raw_ns();
  int64_t passed = 0;
  int64_t rounds = 0;
  while (passed < span_ns || rounds == 0) {
    round();
    ++rounds;
    passed = raw_ns() - start;
  }
  return static_cast<uint64_t>(std::max<int64_t>(1, rounds * kBetweenReadings_ns / std::max<int64_t>(1, passed)));
}

struct Run {
  uint64_t packets = 0;
  int64_t wall_ns = 0, cpu_ns = 0;
};

Run run_once(const std::function<uint64_t()>& round, uint64_t rounds, int64_t span_ns) {
  Run out;
  const int64_t start_cpu = thread_cpu_ns();
  const int64_t start = raw_ns();
  while (out.wall_ns < span_ns) {
    for (uint64_t i = 0; i < rounds; ++i) out.packets += round();
    out.wall_ns = raw_ns() - start;
  }
  out.cpu_ns = thread_cpu_ns() - start_cpu;
  return out;
}

// One profile of its own for each call, in their order.
uint64_t count_instructions(const std::function<uint64_t()>& round, uint64_t packets) {
  for (uint64_t warm = 0; warm < packets;) warm += round();
  uint64_t done = 0;
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  while (done < packets) done += round();
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS;
  return done;
}

}  // namespace

bool can_count() { return GLACIS_COUNTS != 0; }

int64_t thread_cpu_ns() { return now_ns(CLOCK_THREAD_CPUTIME_ID); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

Result measure(const Subject& subject, const MeasureOptions& options, const std::function<uint64_t()>& round,
               const std::function<uint64_t()>& drops) {
  Result out;
  out.subject = subject;
  if (options.count != 0) {
    out.packets = count_instructions(round, options.count);
    return out;
  }
  out.runs_ns.reserve(static_cast<size_t>(options.runs));
  const uint64_t rounds = warm_up(round, options.run_ns / 5);
  const uint64_t drops_before = drops(), allocations_before = allocation_count();
  int64_t wall_ns = 0, cpu_ns = 0;
  for (int i = 0; i < options.runs; ++i) {
    const Run run = run_once(round, rounds, options.run_ns);
    out.runs_ns.push_back(static_cast<double>(run.cpu_ns) / static_cast<double>(std::max<uint64_t>(run.packets, 1)));
    out.packets += run.packets;
    wall_ns += run.wall_ns;
    cpu_ns += run.cpu_ns;
  }
  const auto allocations = static_cast<double>(allocation_count() - allocations_before);
  out.allocations = allocations / static_cast<double>(std::max<uint64_t>(out.packets, 1));
  out.drops = drops() - drops_before;
  out.off_cpu = std::max(0.0, 1.0 - static_cast<double>(cpu_ns) / static_cast<double>(std::max<int64_t>(wall_ns, 1)));
  out.ns = median(out.runs_ns);
  out.ns_least = std::ranges::min(out.runs_ns);
  out.ns_most = std::ranges::max(out.runs_ns);
  return out;
}

double tsc_hz() {
  const int64_t start = raw_ns();
  const uint64_t start_ticks = __rdtsc();
  int64_t passed = 0;
  while (passed < 50'000'000) passed = raw_ns() - start;
  return static_cast<double>(__rdtsc() - start_ticks) * 1e9 / static_cast<double>(passed);
}

}  // namespace glacis::bench
