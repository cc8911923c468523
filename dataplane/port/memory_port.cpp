#include "dataplane/port/memory_port.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

namespace glacis {

uint16_t MemoryPort::rx_burst(uint16_t, std::span<rte_mbuf*> out) {
  if (state() != RxState::kUp) return 0;
  uint16_t count = 0;
  for (; count < out.size() && next_ < frames_.size(); ++next_) {
    const MemoryFrame& frame = frames_[next_];
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_.get());
    if (mbuf == nullptr) break;
    if (frame.bytes.size() > rte_pktmbuf_tailroom(mbuf)) {
      rte_pktmbuf_free(mbuf);
      errors_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    char* room = rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.bytes.size()));
    if (!frame.bytes.empty()) std::memcpy(room, frame.bytes.data(), frame.bytes.size());
    stamp_.of(mbuf) = {frame.time, Ordinal(next_ + 1), id_, frame.link};
    clock_.store(std::max(clock_.load(std::memory_order_relaxed), frame.time.value), std::memory_order_release);
    out[count++] = mbuf;
  }
  received_.fetch_add(count, std::memory_order_relaxed);
  if (count == 0 && next_ == frames_.size() && after_last_ == AfterLast::kEnd) set_state(RxState::kEnd);
  return count;
}

RxCounters MemoryPort::counters() const {
  return {received_.load(std::memory_order_relaxed), 0, 0, errors_.load(std::memory_order_relaxed)};
}

}  // namespace glacis
