#pragma once

#include <rte_ring.h>

#include <atomic>

#include "dataplane/port/rx_port.h"

namespace glacis {

// A port whose packets another thread puts into a ring; unlike MemoryPort it never waits for its source
// and its source never waits for it. Borrows the ring. Threads: as RxPort.
class FedPort final : public RxPort {
 public:
  explicit FedPort(rte_ring* ring) : ring_(ring) {}

  uint16_t rx_burst(uint16_t, std::span<rte_mbuf*> out) override {
    const auto count = static_cast<uint16_t>(rte_ring_sc_dequeue_burst(ring_, reinterpret_cast<void**>(out.data()),
                                                                       static_cast<unsigned>(out.size()), nullptr));
    received_.fetch_add(count, std::memory_order_relaxed);
    return count;
  }
  RxCounters counters() const override { return {received_.load(std::memory_order_relaxed), 0, 0, 0}; }
  RxState state() const override { return RxState::kUp; }
  std::string_view name() const override { return "ring"; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return Nanos(0); }

 private:
  rte_ring* const ring_;
  std::atomic<uint64_t> received_{0};
};

}  // namespace glacis
