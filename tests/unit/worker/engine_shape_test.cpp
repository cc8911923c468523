// How many mbufs an engine can hold, against engines and rings that are full.
#include "dataplane/worker/engine_shape.h"

#include <rte_ring.h>

#include "tests/unit/worker/overload_fixture.h"

namespace glacis {
namespace {

TEST(MbufNeed, IsWhatRingsBurstsAndCachesHold) {
  const MbufNeed alone = mbuf_need(1, 1, 32, 4096);
  EXPECT_EQ(alone.rings, 0U);
  EXPECT_EQ(alone.bursts, 32U);
  EXPECT_EQ(alone.caches, 2 * kMostCached) << "of the worker and of the main lcore";
  const MbufNeed behind_a_distributor = mbuf_need(4, 1, 64, 4096);
  EXPECT_EQ(behind_a_distributor.rings, 4U * 4096);
  EXPECT_EQ(behind_a_distributor.bursts, 5U * 64);
  EXPECT_EQ(behind_a_distributor.caches, 6 * kMostCached);
  EXPECT_EQ(behind_a_distributor.total(), 4U * 4096 + 5 * 64 + 6 * kMostCached);
}

// The rings themselves, for any number of workers that share out the room.
TEST(MbufNeed, CountsEachRingBetweenWorkersWithItsCapacity) {
  for (const uint16_t workers : {2, 3, 4, 7}) {
    auto rings = HandOverRings::make(workers, hand_over_room(workers, 1000));
    ASSERT_TRUE(rings) << rings.error().text();
    uint64_t room = 0;
    for (WorkerId from; from.value < workers; ++from.value) {
      for (WorkerId to; to.value < workers; ++to.value) {
        if (from != to) room += rte_ring_get_capacity((*rings)->ring(from, to));
      }
    }
    const MbufNeed need = mbuf_need(workers, workers, 32, 1000);
    EXPECT_EQ(need.rings, room) << workers << " workers";
    EXPECT_EQ(need.bursts, workers * 32U);
  }
}

class SmallPool : public Overload {
 protected:
  static constexpr uint16_t kWorkers = 2;
  static constexpr uint32_t kRing = 1024, kQueue = 1024;

  // Offers packets to a distributor whose workers are held, until every ring has been full or the pool empty.
  EngineCounters fill_rings(MbufPool& pool) {
    EngineOptions options = live(kWorkers);
    options.packet_ring = kRing;
    hold_workers(options);
    QueuePort port(kQueue, pool, *stamp_);
    start(options, port);
    // More than rings and queue take, and the queue is full once: nobody takes from it.
    port.hold();
    port.offer(syns(kQueue + 64));
    port.let_go();
    const auto lost = [&] { return engine_->counters().no_mbuf + engine_->counters().ring_full; };
    while (lost() < 10 * kRing) port.offer(syns(64));
    workers_may_go_.count_down();
    return finish(port);
  }
};

TEST_F(SmallPool, OfTheLeastSizeIsNeverEmptyHoweverFullTheRingsAre) {
  const uint64_t least = kQueue + mbuf_need(kWorkers, 1, 32, kRing).total();
  const auto pool = MbufPool::make("least", static_cast<uint32_t>(least));
  ASSERT_TRUE(pool) << pool.error().text();
  const EngineCounters c = fill_rings(**pool);
  EXPECT_GT(c.ring_full, 0U);
  EXPECT_GT(c.missed, 0U);
  EXPECT_EQ(c.no_mbuf, 0U);
  EXPECT_EQ(rte_mempool_avail_count((*pool)->get()), least);
}

TEST_F(SmallPool, OfWhatTheRingsAloneHoldRunsEmpty) {
  const auto need = static_cast<uint32_t>(mbuf_need(kWorkers, 1, 32, kRing).rings);
  const auto pool = MbufPool::make("rings", need);
  ASSERT_TRUE(pool) << pool.error().text();
  EXPECT_GT(fill_rings(**pool).no_mbuf, 0U);
  EXPECT_EQ(rte_mempool_avail_count((*pool)->get()), need);
}

}  // namespace
}  // namespace glacis
