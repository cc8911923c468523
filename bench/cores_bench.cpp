#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "bench/known_flows.h"
#include "bench/parts.h"

// What a second worker core adds: each has a queue of its own with flows of its own, as a card that spreads by
// flow would fill them. Nothing is handed over.
namespace glacis::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kPart = "cores";
constexpr size_t kFlows = 10'000;

// A worker's queue and what it does with it.
struct Lane {
  std::unique_ptr<Traffic> traffic;
  std::unique_ptr<MbufTraffic> mbufs;
  Traffic::Round round;
  std::unique_ptr<RingPort> port;
  std::unique_ptr<PipelineRun> run;
};

Expected<Lane> make_lane(const Setting& setting, uint64_t seed) {
  Lane out;
  out.traffic = std::make_unique<Traffic>(TrafficOptions{.flows = kFlows, .seed = seed});
  auto mbufs = MbufTraffic::blank(out.traffic->shapes(), kRingMbufs);
  if (!mbufs) return std::unexpected(mbufs.error());
  out.mbufs = std::move(*mbufs);
  out.round = out.traffic->round();
  out.port = std::make_unique<RingPort>(out.mbufs->mbufs(),
                                        RingOptions{.shapes = out.traffic->shapes(), .verified = true}, setting.stamp);
  auto run = PipelineRun::make({}, setting.selected, *out.port, setting.stamp);
  if (!run) return std::unexpected(run.error());
  out.run = std::move(*run);
  introduce(*out.traffic, kFlows, out.round.packets, *out.port, *out.run);
  return out;
}

void pin(unsigned cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  pthread_setaffinity_np(pthread_self(), sizeof only, &only);
}

// Packets a second of the first `count` lanes together, each on a CPU of its own.
double rate_of(std::vector<Lane>& lanes, size_t count, int64_t span_ns) {
  std::atomic<bool> stop{false};
  std::vector<uint64_t> done(count * 8);  // a cache line each
  std::vector<std::thread> threads;
  threads.reserve(count);
  const auto began = Clock::now();
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      pin(static_cast<unsigned>(i));
      uint64_t packets = 0;
      while (!stop.load(std::memory_order_relaxed)) packets += lanes[i].run->poll(kMaxBurst);
      done[i * 8] = packets;
    });
  }
  std::this_thread::sleep_for(std::chrono::nanoseconds(span_ns));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  uint64_t sum = 0;
  for (const uint64_t packets : done) sum += packets;
  return static_cast<double>(sum) / std::chrono::duration<double>(Clock::now() - began).count();
}

}  // namespace

Expected<void> bench_cores(const Setting& setting, Report& report) {
  if (std::thread::hardware_concurrency() < 2) {
    report.skip("cores", "needs two CPUs");
    return {};
  }
  report.progress("cores");
  std::vector<Lane> lanes;
  for (const uint64_t seed : {1U, 2U}) {
    auto lane = make_lane(setting, seed);
    if (!lane) return std::unexpected(lane.error());
    lanes.push_back(std::move(*lane));
  }
  std::vector<double> one, two, times;
  (void)rate_of(lanes, 2, setting.measure.run_ns);  // to warm up
  for (int i = 0; i < setting.measure.runs; ++i) {
    one.push_back(rate_of(lanes, 1, setting.measure.run_ns));
    two.push_back(rate_of(lanes, 2, setting.measure.run_ns));
    times.push_back(two.back() / one.back());
  }
  report.figure({kPart, "known flows, 64 B, 10 k a core: one core", median(one) / 1e6, "Mpkt/s"});
  report.figure({kPart, "the same on two cores", median(two) / 1e6, "Mpkt/s"});
  report.figure({kPart, "two cores beside one", median(times), "x"});
  report.figure({kPart, "least of the runs", std::ranges::min(times), "x"});
  return {};
}

}  // namespace glacis::bench
