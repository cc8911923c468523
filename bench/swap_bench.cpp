#include <rte_lcore.h>
#include <rte_ring.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "bench/parts.h"
#include "bench/reference_policy.h"
#include "sensor/runtime/policy_host.h"
#include "tests/fakes/fed_port.h"
#include "tests/fakes/open_loop_source.h"

// Policies into a running engine: what a swap costs the packets, and how long a push takes to be in use. The
// engine, the warming and the swap are the sensor's own; a source that never waits fills a ring of 100 ms.
namespace glacis::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kPart = "swap";
constexpr uint32_t kRing = 1U << 18;
constexpr uint16_t kMbufRoom = RTE_PKTMBUF_HEADROOM + 768;
constexpr double kShareOfCapacity = 0.8;
constexpr auto kSample = std::chrono::milliseconds(10);
constexpr auto kPause = std::chrono::milliseconds(2);  // between two swaps: each is felt alone

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

class Ignore final : public EventSink {
 public:
  void on_event(const Event&, const Generation&) override {}
  void on_path(const PathAlert&, const Generation&) override {}
};

struct RingFreed {
  void operator()(rte_ring* ring) const { rte_ring_free(ring); }
};

// What a time under load was like.
struct Load {
  double worst_sample = 1;  // least packets of 10 ms beside the mean
  uint64_t refused = 0, lost = 0;
};

// One worker behind a ring that the source fills.
class Loaded {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<Loaded>> make(std::shared_ptr<const Generation> first);
  ~Loaded() {
    if (source_) source_->stop();
    if (engine_) engine_->stop();
  }

  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] double measure_capacity() { return source_->measure_capacity(1'000'000); }
  void offer(double packets_per_s) { source_->start(packets_per_s); }
  // What the packets meet while `work` runs.
  [[nodiscard]] Load during(const std::function<void()>& work);

 private:
  Loaded() = default;
  void sample(const std::atomic<bool>& done, std::vector<double>& rates) const;

  std::unique_ptr<MbufPool> pool_;
  std::unique_ptr<rte_ring, RingFreed> ring_;
  std::unique_ptr<FedPort> port_;
  std::unique_ptr<OpenLoopSource> source_;
  Ignore sink_;
  std::unique_ptr<Engine> engine_;
};

Expected<std::unique_ptr<Loaded>> Loaded::make(std::shared_ptr<const Generation> first) {
  std::unique_ptr<Loaded> out(new Loaded());
  auto pool = MbufPool::make("swap", kRing + 16'384, kMbufRoom);
  if (!pool) return std::unexpected(pool.error());
  out->pool_ = std::move(*pool);
  out->ring_.reset(rte_ring_create("swap", kRing, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ));
  if (!out->ring_) return fail("no memory for a ring", kPart);
  out->port_ = std::make_unique<FedPort>(out->ring_.get());
  out->source_ = std::make_unique<OpenLoopSource>(OpenLoopSource::Options{}, *out->pool_, out->ring_.get());
  EngineOptions options;
  options.mode = RunMode::kLive;
  options.poll = PollStyle::kBusy;
  options.shedding = Shedding::kOff;  // the capacity is that of all the work
  auto engine = Engine::make(options, {out->port_.get()}, out->sink_);
  if (!engine) return std::unexpected(engine.error());
  out->engine_ = std::move(*engine);
  if (auto started = out->engine_->start(std::move(first)); !started) return std::unexpected(started.error());
  return out;
}

void Loaded::sample(const std::atomic<bool>& done, std::vector<double>& rates) const {
  uint64_t before = engine_->counters().processed;
  auto then = Clock::now();
  while (!done.load(std::memory_order_relaxed)) {
    std::this_thread::sleep_for(kSample);
    const uint64_t now = engine_->counters().processed;
    rates.push_back(static_cast<double>(now - before) / seconds_since(then));
    then = Clock::now();
    before = now;
  }
}

Load Loaded::during(const std::function<void()>& work) {
  const uint64_t refused = source_->refused(), lost = engine_->counters().lost();
  std::vector<double> rates;
  std::atomic<bool> done{false};
  std::thread sampler([&] { sample(done, rates); });
  work();
  done = true;
  sampler.join();
  double sum = 0;
  for (const double rate : rates) sum += rate;
  Load out;
  out.worst_sample = std::ranges::min(rates) * static_cast<double>(rates.size()) / sum;
  out.refused = source_->refused() - refused;
  out.lost = engine_->counters().lost() - lost;
  return out;
}

// The longest gap between two polls of the worker in the time of one swap.
struct Swaps {
  std::vector<double> gaps_us;
  ExpectedAll<void> failed = {};
};

void swap_often(Loaded& loaded, sensor::PolicyHost& host, unsigned times, const std::string& policy, Swaps& out) {
  for (unsigned i = 0; i < times; ++i) {
    const auto warmed = host.warm(policy, i + 2);
    if (!warmed) {
      out.failed = std::unexpected(warmed.error());
      return;
    }
    std::this_thread::sleep_for(kPause);
    host.activate();
    std::this_thread::sleep_for(kPause);
    out.gaps_us.push_back(static_cast<double>(loaded.engine().counters().longest_gap_ns) / 1000);
  }
}

// The same waits without a swap.
void swap_never(Loaded& loaded, unsigned times, Swaps& out) {
  for (unsigned i = 0; i < times; ++i) {
    std::this_thread::sleep_for(kPause);
    loaded.engine().forget_longest_gap();
    std::this_thread::sleep_for(kPause);
    out.gaps_us.push_back(static_cast<double>(loaded.engine().counters().longest_gap_ns) / 1000);
  }
}

double highest(const std::vector<double>& gaps) { return std::ranges::max(gaps); }

Expected<void> swaps_under_load(const Setting& setting, Report& report) {
  auto loaded = Loaded::make(setting.selected);
  if (!loaded) return std::unexpected(loaded.error());
  sensor::PolicyHost host((*loaded)->engine(), "", setting.selected->id());
  report.progress("swap, the capacity");
  const double capacity = (*loaded)->measure_capacity();
  (*loaded)->offer(capacity * kShareOfCapacity);
  const unsigned times = setting.swaps;
  const std::string policy = reference_policy_bytes(Inspect::kContentSteps, 1, 0);
  Swaps without, with;
  report.progress("swap, without");
  const Load quiet = (*loaded)->during([&] { swap_never(**loaded, times, without); });
  report.progress("swap, " + std::to_string(times) + " times");
  const Load busy = (*loaded)->during([&] { swap_often(**loaded, host, times, policy, with); });
  if (!with.failed) return std::unexpected(with.failed.error().front());
  report.figure({kPart, "capacity", capacity / 1e6, "Mpkt/s"});
  report.figure({kPart, "packets lost in " + std::to_string(times) + " swaps at 80 %",
                 static_cast<double>(busy.refused + busy.lost), "packets"});
  report.figure({kPart, "packets lost without", static_cast<double>(quiet.refused + quiet.lost), "packets"});
  report.figure({kPart, "median of a swap's longest gap between polls", median(with.gaps_us), "us"});
  report.figure({kPart, "the same without", median(without.gaps_us), "us"});
  report.figure({kPart, "longest gap of all", highest(with.gaps_us), "us"});
  report.figure({kPart, "the same without, longest", highest(without.gaps_us), "us"});
  report.figure({kPart, "worst 10 ms", busy.worst_sample * 100, "% of the mean"});
  report.figure({kPart, "worst 10 ms without", quiet.worst_sample * 100, "% of the mean"});
  return {};
}

// Policy bytes -> every worker has finished a burst on them.
Expected<double> push_s(sensor::PolicyHost& host, const std::string& policy, uint64_t version) {
  const auto began = Clock::now();
  const auto warmed = host.warm(policy, version);
  if (!warmed) return std::unexpected(warmed.error().front());
  host.activate();
  return seconds_since(began);
}

Expected<void> pushes(const Setting& setting, Report& report) {
  auto loaded = Loaded::make(setting.selected);
  if (!loaded) return std::unexpected(loaded.error());
  sensor::PolicyHost host((*loaded)->engine(), "", setting.selected->id());
  uint64_t version = 2;
  for (const unsigned times : {1U, 10U}) {
    if (times != 1 && !setting.large) continue;  // its patterns alone take seconds
    for (const bool same : {false, true}) {
      const std::string name = std::string("push to active, ") +
                               (times == 1 ? "reference policy" : "ten times as large") +
                               (same ? ", patterns unchanged" : ", all patterns new");
      report.progress(name);
      const auto took = push_s(host, reference_policy_bytes(Inspect::kContentSteps, times, times), version++);
      if (!took) return std::unexpected(took.error());
      report.figure({kPart, name, *took, "s"});
    }
  }
  return {};
}

}  // namespace

Expected<void> bench_swap(const Setting& setting, Report& report) {
  if (rte_lcore_count() < 2) {
    report.skip("swap", "needs a second CPU for the worker");
    return {};
  }
  if (auto ok = swaps_under_load(setting, report); !ok) return ok;
  return pushes(setting, report);
}

}  // namespace glacis::bench
