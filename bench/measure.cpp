#include "bench/measure.h"

#include <time.h>
#include <x86intrin.h>

#include <algorithm>

#include "bench/allocation_count.h"

namespace glacis::bench {
namespace {

int64_t raw_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

// Rounds between two readings of the clock, so that reading it costs nothing that shows.
uint64_t rounds_between_readings(const std::function<uint64_t()>& round) {
  const int64_t start = raw_ns();
  round();
  const int64_t one = std::max<int64_t>(1, raw_ns() - start);
  return static_cast<uint64_t>(std::max<int64_t>(1, 1'000'000 / one));
}

}  // namespace

Result measure(const Subject& subject, const MeasureOptions& options, const std::function<uint64_t()>& round,
               const std::function<uint64_t()>& drops) {
  round();
  const uint64_t rounds = rounds_between_readings(round);
  Result out;
  out.subject = subject;
  const uint64_t drops_before = drops();
  std::vector<double> ns, cycles;
  ns.reserve(static_cast<size_t>(options.runs));
  cycles.reserve(static_cast<size_t>(options.runs));
  const uint64_t allocations_before = allocation_count();
  for (int run = 0; run < options.runs; ++run) {
    uint64_t packets = 0;
    const int64_t start = raw_ns();
    const uint64_t start_ticks = __rdtsc();
    int64_t passed = 0;
    while (passed < options.run_ns) {
      for (uint64_t i = 0; i < rounds; ++i) packets += round();
      passed = raw_ns() - start;
    }
    const auto ticks = static_cast<double>(__rdtsc() - start_ticks);
    const auto count = static_cast<double>(std::max<uint64_t>(packets, 1));
    ns.push_back(static_cast<double>(passed) / count);
    cycles.push_back(ticks / count);
    out.packets += packets;
  }
  const auto allocations = static_cast<double>(allocation_count() - allocations_before);
  out.allocations = allocations / static_cast<double>(std::max<uint64_t>(out.packets, 1));
  out.drops = drops() - drops_before;
  out.ns = median(ns);
  out.ns_least = *std::min_element(ns.begin(), ns.end());
  out.ns_most = *std::max_element(ns.begin(), ns.end());
  out.cycles = median(cycles);
  return out;
}

double tsc_hz() {
  const int64_t start = raw_ns();
  const uint64_t start_ticks = __rdtsc();
  while (raw_ns() - start < 50'000'000) {
  }
  const int64_t passed = raw_ns() - start;
  return static_cast<double>(__rdtsc() - start_ticks) * 1e9 / static_cast<double>(passed);
}

}  // namespace glacis::bench
