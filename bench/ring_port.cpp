#include "bench/ring_port.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

namespace glacis::bench {
namespace {

constexpr size_t kSourcePort = 14 + 20;  // behind an IPv4 header without options
constexpr uint64_t kPorts = 60'000;
constexpr size_t kAhead = 48;  // mbufs

}  // namespace

uint16_t RingPort::rx_burst(uint16_t, std::span<rte_mbuf*> out) {
  const size_t count = std::min(out.size(), mbufs_.size() - next_);
  for (size_t i = 0; i < count; ++i) {
    if (next_ + i + kAhead < mbufs_.size()) prefetch(mbufs_[next_ + i + kAhead]);
    out[i] = mbufs_[next_ + i];
    receive(out[i]);
  }
  next_ += count;
  received_ += count;
  if (next_ == mbufs_.size()) {
    next_ = 0;
    rounds_ += options_.packets.empty() ? 1 : 0;
  }
  return static_cast<uint16_t>(count);
}

void RingPort::receive(rte_mbuf* mbuf) {
  mbuf->data_off = RTE_PKTMBUF_HEADROOM;
  mbuf->nb_segs = 1;
  mbuf->port = 0;
  mbuf->ol_flags = options_.verified ? RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD : 0;
  mbuf->pkt_len = mbuf->data_len;
  rte_mbuf_refcnt_set(mbuf, 1);
  if (!options_.packets.empty()) write(mbuf);
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

void RingPort::write(rte_mbuf* mbuf) {
  const SmallPacket& packet = options_.packets[next_packet_];
  if (++next_packet_ == end_packet_) {
    next_packet_ = first_packet_;
    ++rounds_;
  }
  auto* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
  std::memcpy(frame + kSumAndEndsAt, packet.sum_and_ends.data(), packet.sum_and_ends.size());
  frame[kTcpFlagsAt] = packet.from_initiator() ? initiator_flags_ : 0x10;
  std::memcpy(frame + kTcpSumAt, packet.tcp_sum.data(), packet.tcp_sum.size());
}

void RingPort::window(size_t first, size_t count, uint8_t tcp_flags) {
  first_packet_ = next_packet_ = first;
  end_packet_ = first + count;
  initiator_flags_ = tcp_flags;
  rounds_ = 0;
}

// Where the frame stands is reckoned: to read it from the mbuf would be the miss that this is to spare.
void RingPort::prefetch(rte_mbuf* mbuf) const {
  __builtin_prefetch(mbuf, 1);
  if (options_.step.value != 0) __builtin_prefetch(&mbuf->dynfield1, 1);
  const bool writes = options_.new_ports || !options_.packets.empty();
  if (writes) __builtin_prefetch(reinterpret_cast<char*>(mbuf + 1) + RTE_PKTMBUF_HEADROOM, 1);
}

}  // namespace glacis::bench
