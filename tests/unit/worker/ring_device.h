#pragma once

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include "dataplane/port/ethdev_port.h"
#include "dataplane/port/mbuf_pool.h"
#include "tests/fakes/frames.h"

namespace glacis {

// A net_ring device of as many queues as are wanted: what is sent into one comes out of the same, so the
// test is the card that chooses queues. Borrows the pool. Thread: send by one.
class RingDevice {
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
    while (rte_eth_tx_burst(id_, queue, &mbuf, 1) == 0) std::this_thread::yield();
    ++sent_;
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
  [[nodiscard]] EthdevPort& port() { return *port_; }
  [[nodiscard]] uint64_t sent() const { return sent_; }

 private:
  MbufPool& pool_;
  std::unique_ptr<EthdevPort> port_;
  uint16_t id_ = 0;
  uint64_t sent_ = 0;
};

}  // namespace glacis
