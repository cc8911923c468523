#pragma once

#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <memory>
#include <string>
#include <vector>

#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"

namespace glacis {

// A packet as a port handed it out; its mbuf is back in the pool.
struct Received {
  MbufStamp stamp;
  std::vector<uint8_t> bytes;
  uint16_t segments;
};

// A pool and the stamp; every test says that no mbuf was lost.
class PortTest : public testing::Test {
 protected:
  static constexpr uint32_t kMbufs = 255;

  PortTest() {
    static int made = 0;
    auto stamp = MbufStampField::register_field();
    auto pool = MbufPool::make("test" + std::to_string(made++), kMbufs);
    if (!stamp || !pool) std::abort();
    stamp_ = std::make_unique<MbufStampField>(*stamp);
    pool_ = std::move(*pool);
  }
  void TearDown() override { EXPECT_EQ(rte_mempool_avail_count(pool_->get()), kMbufs) << "mbufs were lost"; }

  // One call of rx_burst; frees what came.
  std::vector<Received> take(RxPort& port, size_t most) {
    std::vector<rte_mbuf*> mbufs(most);
    const uint16_t count = port.rx_burst(0, mbufs);
    std::vector<Received> out;
    for (uint16_t i = 0; i < count; ++i) {
      const auto* bytes = rte_pktmbuf_mtod(mbufs[i], const uint8_t*);
      out.push_back({stamp_->of(mbufs[i]), {bytes, bytes + rte_pktmbuf_data_len(mbufs[i])}, mbufs[i]->nb_segs});
      rte_pktmbuf_free(mbufs[i]);
    }
    return out;
  }
  std::vector<Received> take_all(RxPort& port, size_t most = 32) {
    std::vector<Received> out;
    while (port.state() != RxState::kEnd) {
      for (Received& r : take(port, most)) out.push_back(std::move(r));
    }
    return out;
  }

  std::unique_ptr<MbufStampField> stamp_;
  std::unique_ptr<MbufPool> pool_;
};

}  // namespace glacis
