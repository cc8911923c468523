#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"

namespace glacis {

struct MemoryFrame {
  Nanos time;
  std::vector<uint8_t> bytes;
  LinkType link = LinkType::kEthernet;
};

// Frames given by the caller, handed out in their order as a capture's are: with their own time and an
// ordinal from 1. It can be put down and up again. An empty pool makes the reader wait; a frame that
// does not fit into an mbuf is counted as an error and left out.
// Borrows the pool. Threads: as RxPort; set_state by any.
class MemoryPort final : public RxPort {
 public:
  enum class AfterLast : uint8_t { kEnd, kStayUp };

  MemoryPort(std::string name, std::vector<MemoryFrame> frames, MbufPool& pool, MbufStampField stamp,
             PortId id = PortId(0), AfterLast after_last = AfterLast::kEnd)
      : name_(std::move(name)),
        frames_(std::move(frames)),
        pool_(pool),
        stamp_(stamp),
        id_(id),
        after_last_(after_last) {}

  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override;
  RxCounters counters() const override;
  RxState state() const override { return state_.load(std::memory_order_acquire); }
  std::string_view name() const override { return name_; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return Nanos(clock_.load(std::memory_order_acquire)); }
  // kDown: rx_burst finds nothing until kUp.
  void set_state(RxState state) { state_.store(state, std::memory_order_release); }

 private:
  const std::string name_;
  const std::vector<MemoryFrame> frames_;
  MbufPool& pool_;
  const MbufStampField stamp_;
  const PortId id_;
  const AfterLast after_last_;
  size_t next_ = 0;
  std::atomic<RxState> state_{RxState::kUp};
  std::atomic<int64_t> clock_{0};
  std::atomic<uint64_t> received_{0}, errors_{0};
};

}  // namespace glacis
