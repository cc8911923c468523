#include "tests/fakes/steady_load.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>

#include "tests/fakes/ready_threads.h"

namespace glacis {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kAttempts = 8;
constexpr double kMostWaited = 0.1, kMostStolen = 0.05;  // of the span
constexpr double kMostSlowdown = 0.1;                    // of the capacity
constexpr double kMillion = 1'000'000.0;                 // packets

// From all CPUs together, the eighth number.
double seconds_stolen() {
  std::ifstream stat("/proc/stat");
  std::string name;
  stat >> name;
  uint64_t ticks = 0;
  for (int i = 0; i < 8; ++i) stat >> ticks;
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

SteadyLoad::Lent SteadyLoad::lent() { return {seconds_kept_waiting(), seconds_stolen()}; }

void SteadyLoad::span(const std::function<void()>& work) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    if (go_through(work, attempt == kAttempts) || testing::Test::HasFatalFailure()) return;
  }
}

// False where nothing was shown.
bool SteadyLoad::go_through(const std::function<void()>& work, bool last) {
  const double capacity = input_.source.measure_capacity(to_measure_);
  const uint64_t refused_before = input_.source.refused();
  const Lent before = lent();
  const auto began = SteadyClock::now();
  input_.source.start(capacity * share_);
  work();
  const double took = std::chrono::duration<double>(SteadyClock::now() - began).count();
  const Lent after = lent();
  input_.settle(engine_);
  const uint64_t refused = input_.source.refused() - refused_before;
  if (refused == 0) return true;
  refused_ += refused;
  const double afterwards = input_.source.measure_capacity(to_measure_);
  std::printf(
      "of %.2f Mpps, at a capacity of %.2f, %lu packets were refused in %.1f s; waited %.2f s, stolen %.2f s,"
      " capacity afterwards %.2f\n",
      capacity * share_ / kMillion, capacity / kMillion, refused, took, after.waited - before.waited,
      after.stolen - before.stolen, afterwards / kMillion);
  const bool changed = after.waited - before.waited > kMostWaited * took ||
                       after.stolen - before.stolen > kMostStolen * took || afterwards < capacity * (1 - kMostSlowdown);
  EXPECT_TRUE(changed) << "the ring refused packets on a machine that stayed as it was";
  EXPECT_FALSE(last) << "the machine changed in each of " << kAttempts << " spans: nothing was shown";
  return !changed;
}

}  // namespace glacis
