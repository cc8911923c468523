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

RingPort::RingPort(std::span<rte_mbuf* const> mbufs, RingOptions options, MbufStampField stamp)
    : mbufs_(mbufs),
      options_(options),
      stamp_(stamp),
      ol_flags_(options.verified ? RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD : 0) {
  rte_mbuf received{};
  received.data_off = RTE_PKTMBUF_HEADROOM;
  received.nb_segs = 1;
  received.port = 0;
  rte_mbuf_refcnt_set(&received, options.taker == Taker::kFrees ? 2 : 1);
  std::memcpy(&rearm_data_, &received.rearm_data, sizeof rearm_data_);
}

// What a driver writes into every mbuf, its length apart.
[[gnu::always_inline]] inline void RingPort::rearm(rte_mbuf* mbuf) const {
  std::memcpy(&mbuf->rearm_data, &rearm_data_, sizeof rearm_data_);
  mbuf->ol_flags = ol_flags_;
}

void RingPort::play(std::span<const PacketEnds> once, std::span<const PacketEnds> round, Ports ports) {
  packets_ = once.empty() ? round : once;
  then_ = round;
  ports_ = ports;
  next_packet_ = 0;
  rounds_ = 0;
}

// Where the frame stands is reckoned: to read it from the mbuf would be the miss that this is to spare.
// Always inlined: a function that does nothing but ask for memory looks to the compiler as if it did nothing.
[[gnu::always_inline]] inline void RingPort::prefetch(rte_mbuf* mbuf) const {
  __builtin_prefetch(mbuf, 1);
  if (options_.step.value != 0) __builtin_prefetch(&mbuf->dynfield1, 1);
  const bool writes = ports_ == Ports::kNewEachRound || !packets_.empty();
  if (!writes) return;
  auto* const frame = reinterpret_cast<char*>(mbuf + 1) + RTE_PKTMBUF_HEADROOM;
  __builtin_prefetch(frame, 1);
  if (options_.shapes.size() > 1 || (options_.shapes.size() == 1 && options_.shapes[0].size() > 64)) {
    __builtin_prefetch(frame + 64, 1);
  }
}

uint16_t RingPort::rx_burst(uint16_t, std::span<rte_mbuf*> out) {
  size_t count = std::min(out.size(), mbufs_.size() - next_);
  if (options_.loop != nullptr) {
    const OpenLoop::Due due = options_.loop->poll(count);
    if (due.lost != 0) skip(due.lost);
    count = due.packets;
  }
  std::copy_n(mbufs_.begin() + static_cast<ptrdiff_t>(next_), count, out.begin());
  const auto ahead = mbufs_.subspan(std::min(next_ + kAhead, mbufs_.size()));
  for (rte_mbuf* const mbuf : ahead.first(std::min(count, ahead.size()))) prefetch(mbuf);
  // Most of what is measured are packets of one shape: what a NIC would do is not to be what takes the time.
  const bool usual = options_.shapes.size() == 1 && !options_.shapes[0].shape().ip6 && options_.places.empty() &&
                     options_.step.value == 0 && ports_ == Ports::kAsTheyAre && next_packet_ + count < packets_.size();
  if (usual) {
    receive_usual(out.first(count));
  } else {
    for (rte_mbuf* const mbuf : out.first(count)) receive(mbuf);
  }
  next_ += count;
  received_.store(received_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  if (next_ == mbufs_.size()) {
    next_ = 0;
    rounds_ += packets_.empty() ? 1 : 0;
  }
  return static_cast<uint16_t>(count);
}

// As receive() for each, when they are of one shape over IPv4 and the packets played do not end with them.
void RingPort::receive_usual(std::span<rte_mbuf* const> mbufs) {
  const FrameTemplate& shape = options_.shapes[0];
  const PacketEnds* packet = &packets_[next_packet_];
  for (rte_mbuf* const mbuf : mbufs) {
    rearm(mbuf);
    mbuf->pkt_len = mbuf->data_len = shape.size();
    shape.write_ip4(*packet++, rte_pktmbuf_mtod(mbuf, uint8_t*));
  }
  next_packet_ += mbufs.size();
}

// The oldest that wait are lost, not the newest as in a NIC: of a steady mix as many of each kind.
void RingPort::skip(uint64_t packets) {
  if (!options_.others_until.empty()) {
    const auto others = [&](uint64_t until) {
      return until / packets_.size() * options_.others_until.back() + options_.others_until[until % packets_.size()];
    };
    others_lost_ += others(next_packet_ + packets) - others(next_packet_);
  }
  rounds_ += (next_packet_ + packets) / packets_.size();
  next_packet_ = (next_packet_ + packets) % packets_.size();
}

void RingPort::receive(rte_mbuf* mbuf) {
  rearm(mbuf);
  if (!packets_.empty()) write(mbuf);
  mbuf->pkt_len = mbuf->data_len;
  if (ports_ == Ports::kNewEachRound && !plays_once()) {
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
  const PacketEnds& packet = packets_[next_packet_];
  const FrameTemplate& shape = options_.shapes[packet.shape];
  auto* const frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
  if (options_.shapes.size() != 1) {
    mbuf->data_len = shape.size();
    shape.write_headers(frame);
  }
  shape.write(packet, frame);
  if (!options_.places.empty() && !plays_once()) {
    const StreamPlace& place = options_.places[next_packet_];
    shape.write_sequence(place.first + static_cast<uint32_t>(rounds_) * place.per_round, frame);
  }
  if (++next_packet_ < packets_.size()) return;
  next_packet_ = 0;
  // What is played once is no round.
  rounds_ += plays_once() ? 0 : 1;
  packets_ = then_;
}

}  // namespace glacis::bench
