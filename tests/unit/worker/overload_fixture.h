#pragma once

#include <rte_lcore.h>

#include <chrono>
#include <latch>
#include <map>
#include <thread>

#include "tests/fakes/queue_port.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {

// Later than any clock, so that event time is the packets' alone.
inline constexpr Nanos kFuture = seconds(4'000'000'000);
inline const IpAddress kDatabase = IpAddress::v4(10, 4, 0, 5);

inline IpAddress user(uint32_t number) {
  return IpAddress::v4(10, 1, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number));
}
inline Talk sql(uint32_t number, Nanos at = kFuture) { return {user(number), 20'000, kDatabase, 5432, at}; }
inline Talk ssh(uint32_t number, Nanos at = kFuture) { return {user(number), 20'000, kDatabase, 22, at}; }

// `count` first packets of as many flows.
inline std::vector<MemoryFrame> syns(uint32_t count) {
  std::vector<MemoryFrame> out;
  for (uint32_t i = 0; i < count; ++i) sql(i).from_client(kTcpSyn).append_to(out);
  return out;
}

// Counts what it is told; can be made to keep the correlator waiting.
class Tally final : public EventSink {
 public:
  void on_event(const Event& event, const Generation&) override {
    held_.wait(true);
    ++told;
    judged += event.kind == EventKind::kJudged ? 1 : 0;
    if (event.data_alert) found.push_back(event.flow.initiator());
    if (event.kind != EventKind::kFlowEnd) return;
    ++ends;
    if (event.flow.unscanned != 0) unscanned[event.flow.initiator()] = event.flow.unscanned;
    if (event.end == FlowEndReason::kEvicted && event.flow.outcome != FlowOutcome::kAttempted) ++established_evicted;
  }
  void on_path(const PathAlert&, const Generation&) override {}
  void hold() { held_ = true; }
  void let_go() {
    held_ = false;
    held_.notify_all();
  }
  // When the engine stands still.
  uint64_t told = 0, judged = 0, ends = 0, established_evicted = 0;
  std::vector<IpAddress> found;            // whose flow showed a card number
  std::map<IpAddress, uint8_t> unscanned;  // whose flow ended with such marks

 private:
  std::atomic<bool> held_{false};
};

class Overload : public EngineTest {
 protected:
  static EngineOptions live(uint16_t workers) {
    EngineOptions options = EngineTest::live(workers);
    options.scanned_flows = 64;
    options.event_ring = 16'384;
    return options;
  }
  // Workers wait before their first poll; a distributor does not.
  void hold_workers(EngineOptions& options) {
    options.on_loop = [this, last = options.workers](LoopMoment moment) {
      if (moment == LoopMoment::kBegins && rte_lcore_id() <= last) workers_may_go_.wait();
    };
  }
  void start(const EngineOptions& options, RxPort& port) {
    auto made = Engine::make(options, {&port}, tally_);
    ASSERT_TRUE(made) << made.error().text();
    engine_ = std::move(*made);
    ASSERT_TRUE(engine_->start(generation_of(policy_, 1)));
  }
  // What is counted when so many packets are offered while the workers are held.
  EngineCounters offer_to_held_workers(EngineOptions options, QueuePort& port, uint32_t packets) {
    hold_workers(options);
    start(options, port);
    port.offer(syns(packets));
    workers_may_go_.count_down();
    return finish(port);
  }
  // The workers are held: returns when the distributor has put into their rings what fits, and counted the
  // rest. A burst is counted as received before it is distributed; hence by what found the rings full.
  void wait_until_distributed(uint64_t packets, uint64_t fit) const {
    while (engine_->counters().ring_full + fit < packets) std::this_thread::yield();
  }
  // Returns when every packet that was offered has been through every step. A packet is counted before
  // its burst is through, the last one when the burst before it is: hence one that ends at the decoder.
  void settle(QueuePort& port) const {
    const auto wait = [&] {
      for (EngineCounters c; c.processed + c.dropped() + c.ring_full < port.sent(); c = engine_->counters()) {
        std::this_thread::yield();
      }
    };
    wait();
    port.offer({kFuture, {1, 2, 3}, LinkType::kEthernet});
    wait();
  }
  // Lets everything that is still under way come to its end, then stops.
  EngineCounters finish(const QueuePort& port) {
    const auto under_way = [&] {
      const EngineCounters c = engine_->counters();
      return c.missed + c.no_mbuf + c.received < port.sent() || !c.balanced();
    };
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (under_way() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    engine_->stop();
    expect_accounted(engine_->counters(), port.sent());
    return engine_->counters();
  }

  Tally tally_;
  std::latch workers_may_go_{1};
  std::unique_ptr<Engine> engine_;
};

}  // namespace glacis
