#pragma once

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "dataplane/port/ethdev_port.h"
#include "dataplane/port/mbuf_pool.h"
#include "tests/fakes/frames.h"

namespace glacis {

// A net_ring device of as many queues as are wanted: what is sent into one comes out of the same, so the
// test is the card that chooses queues. Borrows the pool. Threads: send by one; the rest as RxPort.
class RingDevice final : public RxPort {
 public:
  RingDevice(uint16_t queues, MbufPool& pool) : pool_(pool) {
    static int made = 0;
    const std::string device = "net_ring" + std::to_string(made++);
    auto port = EthdevPort::open({.name = "ring", .device = device, .queues = queues}, pool);
    if (!port || rte_eth_dev_get_port_by_name(device.c_str(), &id_) != 0) std::abort();
    port_ = std::move(*port);
  }

  // Waits for room in pool and queue: nothing that is sent is lost before the port.
  void send(uint16_t queue, const frames::Bytes& frame) {
    rte_mbuf* mbuf = nullptr;
    while ((mbuf = rte_pktmbuf_alloc(pool_.get())) == nullptr) std::this_thread::yield();
    std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size())), frame.data(), frame.size());
    // Released here and acquired by who reads: the driver's own ring says nothing to ThreadSanitizer.
    sent_.fetch_add(1, std::memory_order_release);
    while (rte_eth_tx_burst(id_, queue, &mbuf, 1) == 0) std::this_thread::yield();
  }
  // Frees what nobody has read; how much that was.
  uint64_t empty() {
    uint64_t out = 0;
    for (uint16_t queue = 0; queue < port_->queues(); ++queue) {
      rte_mbuf* mbuf = nullptr;
      for (; rte_eth_rx_burst(id_, queue, &mbuf, 1) != 0; ++out) rte_pktmbuf_free(mbuf);
    }
    return out;
  }
  [[nodiscard]] uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }

  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override {
    const uint16_t count = port_->rx_burst(queue, out);
    if (count != 0) (void)sent_.load(std::memory_order_acquire);
    return count;
  }
  RxCounters counters() const override { return port_->counters(); }
  RxState state() const override { return port_->state(); }
  std::string_view name() const override { return port_->name(); }
  uint16_t queues() const override { return port_->queues(); }
  Nanos clock() const override { return port_->clock(); }

 private:
  MbufPool& pool_;
  std::unique_ptr<EthdevPort> port_;
  uint16_t id_ = 0;
  std::atomic<uint64_t> sent_{0};
};

}  // namespace glacis
