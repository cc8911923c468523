#include <rte_lcore.h>

#include <algorithm>
#include <chrono>

#include "bench/loaded_engine.h"
#include "bench/parts.h"
#include "bench/reference_policy.h"
#include "sensor/runtime/policy_host.h"

// Policies into a running engine: what a swap costs the packets, and how long a push takes to be in use. Building,
// warming and the swap are the sensor's own; packets come by the worker's clock, so that what a build takes of this
// thread's CPU is not taken from them.
namespace glacis::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kPart = "swap";
constexpr double kShareOfCapacity = 0.8, kQueue_s = 0.1;
constexpr int64_t kSecond_ns = 1'000'000'000, kCapacity_ns = 500'000'000;
// A machine that is shared is not always equally fast, so its capacity is measured anew after so many swaps.
constexpr unsigned kSwapsPerCapacity = 20;
constexpr double kMostSlowdown = 0.1;  // of the capacity: beyond it, what was lost shows nothing
constexpr int64_t kCapacityAgain_ns = 100'000'000;
// So long is watched after those swaps that do not have a second for themselves.
constexpr int64_t kShortWatch_ns = 50'000'000;

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

// What the worker's time was like, in stretches of it.
struct Watched {
  std::vector<double> second_gaps_us, short_gaps_us;  // the longest between two polls of each stretch
  // The least packets of 10 ms, in percent of what came then: of each stretch, and of what `work` did before it.
  std::vector<double> least_percent, before_percent;
  uint64_t lost = 0;  // packets

  void add(const Watched& other) {
    for (auto list :
         {&Watched::second_gaps_us, &Watched::short_gaps_us, &Watched::least_percent, &Watched::before_percent}) {
      (this->*list).insert((this->*list).end(), (other.*list).begin(), (other.*list).end());
    }
    lost += other.lost;
  }
};

struct Load {
  LoadedEngine& engine;
  sensor::PolicyHost host;
  std::vector<double> capacities;  // packets/s, as measured so far
  double packets_per_window = 0;   // as they come since the last of these
};

// From here on packets come at 80 % of what the worker can take now.
Expected<void> pace(Load& load) {
  const auto capacity = load.engine.capacity(load.capacities.empty() ? kCapacity_ns : kCapacityAgain_ns);
  if (!capacity) return std::unexpected(capacity.error());
  load.capacities.push_back(*capacity);
  load.packets_per_window = *capacity * kShareOfCapacity * OpenLoop::kWindow_ns / 1e9;
  load.engine.loop().pace(*capacity * kShareOfCapacity, static_cast<uint64_t>(*capacity * kQueue_s));
  load.engine.let_pass(kShortWatch_ns);
  return {};
}

// `seconds` of the `times` stretches last a second and follow each other by `times` / `seconds`, so that both kinds see
// the same hour.
bool is_second(unsigned i, unsigned times, unsigned seconds) {
  return i * seconds / times != (i + 1) * seconds / times;
}

void add_least(std::vector<double>& to, std::span<const OpenLoop::Window> windows, double packets_per_window) {
  const auto least = std::ranges::min_element(windows, {}, &OpenLoop::Window::packets);
  if (least != windows.end()) to.push_back(100 * static_cast<double>(least->packets) / packets_per_window);
}

// `work`, then a stretch that begins with what `work` did last.
template <class Work>
ExpectedAll<void> watch(Load& load, Watched& out, bool second, Work work) {
  OpenLoop& loop = load.engine.loop();
  const uint64_t lost = loop.lost();
  const int64_t began = loop.clock_ns();
  const ExpectedAll<int64_t> from = work();
  if (!from) return std::unexpected(from.error());
  loop.wait_until(*from + (second ? kSecond_ns : kShortWatch_ns));
  const int64_t until = loop.clock_ns();
  int64_t gap_ns = 0;
  for (const auto& window : loop.windows(*from - OpenLoop::kWindow_ns, until)) {
    gap_ns = std::max(gap_ns, window.longest_gap_ns);
  }
  (second ? out.second_gaps_us : out.short_gaps_us).push_back(static_cast<double>(gap_ns) / 1000);
  add_least(out.before_percent, loop.windows(began, *from), load.packets_per_window);
  add_least(out.least_percent, loop.windows(*from - OpenLoop::kWindow_ns, until), load.packets_per_window);
  out.lost += loop.lost() - lost;
  return {};
}

struct Swaps {
  Watched without, with;
  unsigned left_out = 0;  // pairs
  uint64_t lost_left_out = 0;
};

// A stretch without a swap, and one with it behind it: what the machine does else, it does to both.
ExpectedAll<Swaps> watch_pair(Load& load, bool second, const std::string& policy, uint64_t version) {
  Swaps out;
  const auto nothing = [&]() -> ExpectedAll<int64_t> { return load.engine.loop().clock_ns(); };
  const auto swap = [&]() -> ExpectedAll<int64_t> {
    if (auto warmed = load.host.warm(policy, version); !warmed) return warmed;
    const int64_t now = load.engine.loop().clock_ns();
    load.host.activate();
    return now;
  };
  if (auto ok = watch(load, out.without, second, nothing); !ok) return std::unexpected(ok.error());
  if (auto ok = watch(load, out.with, second, swap); !ok) return std::unexpected(ok.error());
  return out;
}

// What was lost was lost at 80 % of the capacity only if it still is what it was: measured anew, and paced by that.
Expected<bool> slowed_down(Load& load) {
  const double before = load.capacities.back();
  if (const auto paced = pace(load); !paced) return std::unexpected(paced.error());
  return load.capacities.back() < before * (1 - kMostSlowdown);
}

ExpectedAll<void> swap_often(Load& load, const Setting& setting, const std::string& policy, Swaps& out) {
  const auto stop = [](const Error& error) { return std::unexpected(std::vector{error}); };
  uint64_t version = 2;
  for (unsigned i = 0; i < setting.swaps; ++i) {
    if (i % kSwapsPerCapacity == 0) {
      if (auto ok = pace(load); !ok) return stop(ok.error());
    }
    const auto pair = watch_pair(load, is_second(i, setting.swaps, setting.swap_seconds), policy, version++);
    if (!pair) return std::unexpected(pair.error());
    // What only the stretch with the swap lost is the swap's.
    if (const uint64_t lost = pair->with.lost + pair->without.lost; pair->without.lost != 0) {
      const auto slower = slowed_down(load);
      if (!slower) return stop(slower.error());
      if (*slower && out.left_out < setting.swaps) {
        ++out.left_out;
        out.lost_left_out += lost;
        --i;
        continue;
      }
    }
    out.without.add(pair->without);
    out.with.add(pair->with);
  }
  return {};
}

// How much longer the longest gap between two polls is for a swap, by the medians.
double report_gaps(Report& report, const std::string& after, const std::vector<double>& with,
                   const std::vector<double>& without, double off_cpu) {
  if (with.empty()) return 0;
  const auto figure = [&](const std::string& name, double value) {
    report.figure({kPart, name, value, "us", off_cpu});
  };
  figure("longest gap between polls " + after + ", median", median(with));
  figure("the same without, median", median(without));
  figure("longest gap " + after + ", of all", std::ranges::max(with));
  figure("the same without, of all", std::ranges::max(without));
  return median(with) - median(without);
}

void report_swaps(const Setting& setting, Report& report, const Load& load, const Swaps& swaps, double off_cpu) {
  const auto figure = [&](const std::string& name, double value, const char* unit) {
    report.figure({kPart, name, value, unit, off_cpu});
  };
  const auto& [without, with, left_out, lost_left_out] = swaps;
  figure("capacity, 64 B, 10 k flows, median", median(load.capacities) / 1e6, "Mpkt/s");
  figure("capacity, least measured", std::ranges::min(load.capacities) / 1e6, "Mpkt/s");
  figure("capacity, most measured", std::ranges::max(load.capacities) / 1e6, "Mpkt/s");
  figure("packets lost in " + std::to_string(setting.swaps) + " swaps at 80 %", static_cast<double>(with.lost),
         "packets");
  figure("packets lost without", static_cast<double>(without.lost), "packets");
  figure("pairs left out, as the machine got slower", left_out, "pairs");
  figure("packets that those lost", static_cast<double>(lost_left_out), "packets");
  const double second =
      report_gaps(report, "in the second after a swap", with.second_gaps_us, without.second_gaps_us, off_cpu);
  const double shortly =
      report_gaps(report, "in the 50 ms after a swap", with.short_gaps_us, without.short_gaps_us, off_cpu);
  figure("what a swap adds to the longest gap, the worse of the two", std::max(second, shortly), "us");
  const auto share = [&](const std::string& name, double percent) { figure(name, percent, "% of what came"); };
  share("worst 10 ms of a swap, median", median(with.least_percent));
  if (!with.before_percent.empty()) {
    share("worst 10 ms while its policy is built, median", median(with.before_percent));
  }
  share("worst 10 ms of a stretch without, median", median(without.least_percent));
  share("worst 10 ms of all swaps", std::ranges::min(with.least_percent));
  share("the same without", std::ranges::min(without.least_percent));
}

// Policy bytes -> every worker has finished a burst on them.
Expected<double> push_s(sensor::PolicyHost& host, const std::string& policy, uint64_t version) {
  const auto began = Clock::now();
  const auto warmed = host.warm(policy, version);
  if (!warmed) return std::unexpected(warmed.error().front());
  host.activate();
  return seconds_since(began);
}

Expected<void> pushes(const Setting& setting, Report& report, Load& load) {
  uint64_t version = 2 * uint64_t{setting.swaps} + 2;  // behind those of the swaps, some of which were repeated
  const uint64_t lost = load.engine.loop().lost();
  for (const unsigned times : {1U, 10U}) {
    if (times != 1 && !setting.large) continue;  // its patterns alone take seconds
    for (const bool same : {false, true}) {
      const std::string name = std::string("push to active, ") +
                               (times == 1 ? "reference policy" : "ten times as large") +
                               (same ? ", patterns unchanged" : ", all patterns new");
      report.progress(name);
      const auto took = push_s(load.host, reference_policy_bytes(Inspect::kContentSteps, times, times), version++);
      if (!took) return std::unexpected(took.error());
      report.figure({kPart, name, *took, "s"});
    }
  }
  const auto gone = static_cast<double>(load.engine.loop().lost() - lost);
  report.figure({kPart, "packets lost while pushing", gone, "packets"});
  return {};
}

}  // namespace

Expected<void> bench_swap(const Setting& setting, Report& report) {
  if (rte_lcore_count() < 2) {
    report.skip("swap", "needs a second CPU for the worker");
    return {};
  }
  report.progress("swap, the known flows");
  auto engine = LoadedEngine::make(setting, {.traffic = {}, .shedding = Shedding::kOff}, setting.selected);
  if (!engine) return std::unexpected(engine.error());
  Load load{.engine = **engine, .host = {(*engine)->engine(), "", setting.selected->id()}, .capacities = {}};
  OpenLoop& loop = (*engine)->loop();
  report.progress("swap, " + std::to_string(setting.swaps) + " times");
  const int64_t began = loop.clock_ns(), taken = loop.taken_ns();
  Swaps swaps;
  const std::string policy = reference_policy_bytes(Inspect::kContentSteps, 1, 0);
  if (auto ok = swap_often(load, setting, policy, swaps); !ok) return std::unexpected(ok.error().front());
  report_swaps(setting, report, load, swaps, loop.taken_share(began, taken));
  return pushes(setting, report, load);
}

}  // namespace glacis::bench
