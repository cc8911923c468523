#include "bench/ring_port.h"

#include <rte_mbuf.h>

#include <algorithm>

namespace glacis::bench {
namespace {

constexpr size_t kSourcePort = 14 + 20;  // behind an IPv4 header without options
constexpr uint64_t kPorts = 60'000;

}  // namespace

uint16_t RingPort::rx_burst(uint16_t, std::span<rte_mbuf*> out) {
  const size_t count = std::min(out.size(), mbufs_.size() - next_);
  for (size_t i = 0; i < count; ++i) {
    out[i] = mbufs_[next_ + i];
    receive(out[i]);
  }
  next_ += count;
  received_ += count;
  if (next_ == mbufs_.size()) {
    next_ = 0;
    ++rounds_;
  }
  prefetch(out.size());
  return static_cast<uint16_t>(count);
}

void RingPort::receive(rte_mbuf* mbuf) {
  mbuf->data_off = RTE_PKTMBUF_HEADROOM;
  mbuf->nb_segs = 1;
  mbuf->port = 0;
  mbuf->ol_flags = 0;
  mbuf->pkt_len = mbuf->data_len;
  rte_mbuf_refcnt_set(mbuf, 1);
  if (options_.new_ports) {
    auto* frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    const uint64_t port = 1024 + rounds_ % kPorts;
    frame[kSourcePort] = static_cast<uint8_t>(port >> 8);
    frame[kSourcePort + 1] = static_cast<uint8_t>(port);
  }
  if (options_.step.value == 0) return;
  now_ = now_ + options_.step;
  stamp_.of(mbuf) = {now_, Ordinal(++ordinal_), PortId(0), LinkType::kEthernet};
}

void RingPort::prefetch(size_t count) const {
  for (size_t i = next_; i < std::min(next_ + count, mbufs_.size()); ++i) {
    __builtin_prefetch(mbufs_[i]);
    __builtin_prefetch(&mbufs_[i]->dynfield1);
    if (options_.new_ports) __builtin_prefetch(rte_pktmbuf_mtod_offset(mbufs_[i], const char*, kSourcePort));
  }
}

}  // namespace glacis::bench
