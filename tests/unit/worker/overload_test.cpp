// At any overload every packet is processed or counted under one name, and every event told or counted.
// Threads are held back by the test, not outrun, so that nothing depends on speed.
#include "tests/unit/worker/overload_fixture.h"

namespace glacis {
namespace {

TEST_F(Overload, WhatFindsAWorkersRingFullIsCountedByTheDistributor) {
  constexpr uint32_t kRing = 64, kSent = 1000;
  EngineOptions options = live(2);
  options.packet_ring = kRing;
  hold_workers(options);
  QueuePort port(2048, *pool_, *stamp_);
  start(options, port);
  port.offer(syns(kSent));
  wait_until_distributed(kSent, 2 * kRing);
  workers_may_go_.count_down();
  const EngineCounters c = finish(port);
  EXPECT_EQ(c.processed, 2 * kRing);
  EXPECT_EQ(c.ring_full, kSent - 2 * kRing);
}

TEST_F(Overload, WhatFindsThePortsQueueFullIsMissed) {
  constexpr uint32_t kQueue = 256, kSent = 1000;
  QueuePort port(kQueue, *pool_, *stamp_);
  const EngineCounters c = offer_to_held_workers(live(1), port, kSent);
  EXPECT_EQ(c.missed, kSent - kQueue);
  EXPECT_EQ(c.processed, kQueue);
}

TEST_F(Overload, WhatFindsNoMbufIsCounted) {
  constexpr uint32_t kFew = 511, kSent = 1000;
  const auto few = MbufPool::make("few", kFew);
  ASSERT_TRUE(few) << few.error().text();
  QueuePort port(2048, **few, *stamp_);
  const EngineCounters c = offer_to_held_workers(live(1), port, kSent);
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
  EXPECT_EQ(tally_.ends + c.records_shed, c.flows) << "every flow is told once";
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
    const EngineCounters c = finish(port);
    EXPECT_EQ(c.events_shed + c.records_shed, 0U);
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
  EXPECT_EQ(tally_.told + c.events_shed + c.records_shed, all);
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
    port.hold();  // the first lot finds nobody who takes it away
    for (int round = 0; round < 20; ++round) {
      port.offer(many_violations());
      if (round == 0) port.let_go();
      port.offer({kFuture, {1, 2, 3}, LinkType::kEthernet});
    }
    const EngineCounters c = finish(port);
    EXPECT_GT(c.processed, 0U);
    EXPECT_GT(c.lost(), 0U);
  }
  EXPECT_EQ(rte_mempool_avail_count((*few)->get()), 255U);
}

}  // namespace
}  // namespace glacis
