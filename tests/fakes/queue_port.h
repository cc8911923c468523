#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "dataplane/base/spsc_ring.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/memory_port.h"
#include "dataplane/port/rx_port.h"

namespace glacis {

// A port with a queue, as a NIC has one: the test offers frames, which wait for nobody. What finds no
// mbuf or the queue full is lost and counted as a NIC counts it. Frames bring their own time. While it
// is held, it gives nothing and its queue fills.
// Borrows the pool. Threads: offer by one; else as RxPort.
class QueuePort final : public RxPort {
 public:
  // `packets`: the least power of two that holds them is the queue's size.
  QueuePort(size_t packets, MbufPool& pool, MbufStampField stamp) : queue_(packets), pool_(pool), stamp_(stamp) {}
  ~QueuePort() override {
    for (rte_mbuf* mbuf = nullptr; queue_.pop(mbuf);) rte_pktmbuf_free(mbuf);
  }

  void offer(const MemoryFrame& frame) {
    ++sent_;
    rte_mbuf* const mbuf = rte_pktmbuf_alloc(pool_.get());
    if (mbuf == nullptr) {
      no_mbuf_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.bytes.size())), frame.bytes.data(),
                frame.bytes.size());
    stamp_.of(mbuf) = {frame.time, Ordinal(sent_), PortId(0), frame.link};
    clock_.store(std::max(clock_.load(std::memory_order_relaxed), frame.time.value), std::memory_order_release);
    if (queue_.push(mbuf)) return;
    rte_pktmbuf_free(mbuf);
    missed_.fetch_add(1, std::memory_order_relaxed);
  }
  void offer(const std::vector<MemoryFrame>& frames) {
    for (const MemoryFrame& frame : frames) offer(frame);
  }
  void hold() { held_.store(true, std::memory_order_relaxed); }
  void let_go() { held_.store(false, std::memory_order_release); }
  [[nodiscard]] uint64_t sent() const { return sent_; }  // the offering thread's

  uint16_t rx_burst(uint16_t, std::span<rte_mbuf*> out) override {
    uint16_t count = 0;
    if (held_.load(std::memory_order_acquire)) return 0;
    while (count < out.size() && queue_.pop(out[count])) ++count;
    received_.fetch_add(count, std::memory_order_release);
    return count;
  }
  std::optional<uint8_t> fill_percent(uint16_t) const override {
    return static_cast<uint8_t>((queue_.pushed() - queue_.popped()) * 100 / queue_.capacity());
  }
  RxCounters counters() const override {
    RxCounters out;
    out.received = received_.load(std::memory_order_acquire);
    out.missed = missed_.load(std::memory_order_relaxed);
    out.no_mbuf = no_mbuf_.load(std::memory_order_relaxed);
    return out;
  }
  RxState state() const override { return RxState::kUp; }
  std::string_view name() const override { return "queue"; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return Nanos(clock_.load(std::memory_order_acquire)); }

 private:
  SpscRing<rte_mbuf*> queue_;
  MbufPool& pool_;
  const MbufStampField stamp_;
  uint64_t sent_ = 0;
  std::atomic<bool> held_{false};
  std::atomic<uint64_t> received_{0}, missed_{0}, no_mbuf_{0};
  std::atomic<int64_t> clock_{0};
};

}  // namespace glacis
