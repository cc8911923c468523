// At any overload every packet is processed or counted under one name, and every event told or counted.
// Threads are held back by the test, not outrun, so that nothing depends on speed.
#include <rte_lcore.h>

#include <chrono>
#include <latch>
#include <thread>

#include "tests/fakes/queue_port.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {
namespace {

// Later than any clock, so that event time is the packets' alone.
constexpr Nanos kStart = seconds(4'000'000'000);
const IpAddress kData = IpAddress::v4(10, 4, 0, 5);

IpAddress user(uint32_t number) {
  return IpAddress::v4(10, 1, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number));
}
Talk sql(uint32_t number, Nanos at = kStart) { return {user(number), 20'000, kData, 5432, at}; }
Talk ssh(uint32_t number, Nanos at = kStart) { return {user(number), 20'000, kData, 22, at}; }

// `count` first packets of as many flows.
std::vector<MemoryFrame> syns(uint32_t count) {
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
    if (event.kind != EventKind::kFlowEnd) return;
    ++ends;
    if (event.end == FlowEndReason::kEvicted && event.flow.outcome != FlowOutcome::kAttempted) ++established_evicted;
  }
  void on_path(const PathAlert&, const Generation&) override {}
  void hold() { held_ = true; }
  void let_go() {
    held_ = false;
    held_.notify_all();
  }
  uint64_t told = 0, ends = 0, established_evicted = 0;  // when the engine stands still

 private:
  std::atomic<bool> held_{false};
};

class Overload : public EngineTest {
 protected:
  static EngineOptions live(uint16_t workers) {
    EngineOptions options;
    options.mode = RunMode::kLive;
    options.workers = workers;
    options.flow_slots = 8192;
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
  void wait_until_received(uint64_t packets) const {
    while (engine_->counters().received < packets) std::this_thread::yield();
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
    expect_every_packet_accounted(port.sent(), engine_->counters());
    return engine_->counters();
  }

  Tally tally_;
  std::latch workers_may_go_{1};
  std::unique_ptr<Engine> engine_;
};

TEST_F(Overload, WhatFindsAWorkersRingFullIsCountedByTheDistributor) {
  constexpr uint32_t kRing = 64, kSent = 1000;
  EngineOptions options = live(2);
  options.packet_ring = kRing;
  hold_workers(options);
  QueuePort port(2048, *pool_, *stamp_);
  start(options, port);
  port.offer(syns(kSent));
  wait_until_received(kSent);
  workers_may_go_.count_down();
  const EngineCounters c = finish(port);
  EXPECT_EQ(c.processed, 2 * kRing);
  EXPECT_EQ(c.ring_full, kSent - 2 * kRing);
}

TEST_F(Overload, WhatFindsThePortsQueueFullIsMissed) {
  constexpr uint32_t kQueue = 256, kSent = 1000;
  EngineOptions options = live(1);
  hold_workers(options);
  QueuePort port(kQueue, *pool_, *stamp_);
  start(options, port);
  port.offer(syns(kSent));
  workers_may_go_.count_down();
  const EngineCounters c = finish(port);
  EXPECT_EQ(c.missed, kSent - kQueue);
  EXPECT_EQ(c.processed, kQueue);
}

TEST_F(Overload, WhatFindsNoMbufIsCounted) {
  constexpr uint32_t kFew = 511, kSent = 1000;
  const auto few = MbufPool::make("few", kFew);
  ASSERT_TRUE(few) << few.error().text();
  EngineOptions options = live(1);
  hold_workers(options);
  QueuePort port(2048, **few, *stamp_);
  start(options, port);
  port.offer(syns(kSent));
  workers_may_go_.count_down();
  const EngineCounters c = finish(port);
  EXPECT_EQ(c.no_mbuf, kSent - kFew);
  EXPECT_EQ(c.processed, kFew);
  EXPECT_EQ(rte_mempool_avail_count((*few)->get()), kFew);
}

// The flood is many times the table; who had shaken hands before it is still there after it.
TEST_F(Overload, ASynFloodEvictsNoEstablishedFlow) {
  constexpr uint32_t kEstablished = 100, kFlood = 6000;
  EngineOptions options = live(1);
  options.flow_slots = 512;
  hold_workers(options);
  QueuePort port(8192, *pool_, *stamp_);
  start(options, port);
  std::vector<Talk> talks;
  for (uint32_t i = 0; i < kEstablished; ++i) talks.push_back(sql(10'000 + i).handshake());
  for (const Talk& talk : talks) port.offer(talk.frames());
  port.offer(syns(kFlood));
  for (uint32_t i = 0; i < kEstablished; ++i) {
    port.offer(talks[i].from_server(kTcpPsh | kTcpAck, "1").frames().back());
  }
  workers_may_go_.count_down();
  const EngineCounters c = finish(port);
  EXPECT_EQ(c.flows, kEstablished + kFlood) << "no established flow was begun anew";
  EXPECT_EQ(tally_.established_evicted, 0U);
  EXPECT_GE(c.flows_evicted, kFlood - options.flow_slots);
  EXPECT_EQ(tally_.ends, c.flows) << "every flow is told once";
}

std::vector<MemoryFrame> many_violations() {
  std::vector<MemoryFrame> out;
  for (uint32_t i = 0; i < 300; ++i) {
    ssh(i).handshake().from_client(kTcpRst).append_to(out);
    ssh(i).from_client(kTcpSyn).append_to(out);  // the closed flow ends, another begins
  }
  return out;
}

TEST_F(Overload, AStalledCorrelatorCostsEventsButNoPacket) {
  const auto frames = many_violations();
  uint64_t all = 0;
  {
    QueuePort port(4096, *pool_, *stamp_);
    start(live(1), port);
    port.offer(frames);
    EXPECT_EQ(finish(port).events_shed, 0U);
    all = tally_.told;
  }
  tally_.told = 0;
  tally_.hold();
  QueuePort port(4096, *pool_, *stamp_);
  EngineOptions options = live(1);
  options.event_ring = 64;
  start(options, port);
  port.offer(frames);
  while (engine_->counters().processed < frames.size()) std::this_thread::yield();
  tally_.let_go();
  const EngineCounters c = finish(port);
  EXPECT_EQ(c.processed, frames.size());
  EXPECT_GT(c.events_shed, 0U);
  EXPECT_EQ(tally_.told + c.events_shed, all);
}

// Every store too small and everyone as fast as they can: whatever is lost, the sums come out.
TEST_F(Overload, EverythingTooSmallAtOnceStillAddsUp) {
  const auto few = MbufPool::make("scarce", 255);
  ASSERT_TRUE(few) << few.error().text();
  for (const uint16_t workers : {1, 2, 4}) {
    EngineOptions options = live(workers);
    options.flow_slots = 64;
    options.scanned_flows = 2;
    options.event_ring = 8;
    options.packet_ring = 32;
    QueuePort port(128, **few, *stamp_);
    start(options, port);
    for (int round = 0; round < 20; ++round) {
      port.offer(many_violations());
      port.offer({kStart, {1, 2, 3}, LinkType::kEthernet});
    }
    const EngineCounters c = finish(port);
    EXPECT_GT(c.processed, 0U);
    EXPECT_GT(c.lost(), 0U);
  }
  EXPECT_EQ(rte_mempool_avail_count((*few)->get()), 255U);
}

}  // namespace
}  // namespace glacis
