#include "bench/traffic.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

#include "bench/reference_policy.h"
#include "tests/fakes/frames.h"

namespace glacis::bench {
namespace {

using Random = std::mt19937_64;

constexpr uint16_t kSmallRoom = 64, kLargeRoom = 1536;
constexpr uint16_t kWeb = 443;

// Steele, Lea, Flood: "Fast splittable pseudorandom number generators". A flow's ends follow from
// its index, so that millions of them need no memory.
class SplitMix {
 public:
  SplitMix(uint64_t seed, uint64_t index) : state_(seed * 0x9e3779b97f4a7c15u + index * 0xd1342543de82ef95u) {}
  unsigned below(unsigned n) {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return static_cast<unsigned>((z ^ z >> 31) >> 32) % n;
  }

 private:
  uint64_t state_;
};

// In a small UDP frame: an IPv4 header without options behind Ethernet.
constexpr size_t kUdpChecksum = 14 + 20 + 6;

frames::Bytes small_frame(const FlowEnds& flow, Small kind, bool from_initiator) {
  const frames::Ends ends =
      from_initiator ? frames::Ends{flow.initiator, flow.responder} : frames::Ends{flow.responder, flow.initiator};
  const uint16_t from = from_initiator ? flow.port : kWeb, to = from_initiator ? kWeb : flow.port;
  const frames::Segment segment = kind == Small::kUdp ? frames::udp(from, to, frames::Bytes(18, 'g'))
                                                      : frames::tcp({.from = from, .to = to, .flags = 0x10});
  frames::Bytes out = frames::ethernet(frames::kIp4, frames::ip4({.ends = ends}, segment));
  if (kind == Small::kUdp) frames::set16(out, kUdpChecksum, 0);  // none (RFC 768): the port may change
  out.resize(60);
  return out;
}

void fill(rte_mbuf* mbuf, std::span<const uint8_t> frame) {
  std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size())), frame.data(), frame.size());
}

}  // namespace

FlowEnds draw_flow(uint64_t seed, size_t index, unsigned ip6_percent) {
  SplitMix random(seed, index);
  const unsigned zone = random.below(kReferenceZones);
  const unsigned peer = (zone + 1 + random.below(kReferencePeers)) % kReferenceZones;
  FlowEnds out;
  out.ip6 = random.below(100) < ip6_percent;
  for (IpAddress* end : {&out.initiator, &out.responder}) {
    const unsigned prefix = random.below(kReferencePrefixes4), host = 1 + random.below(250);
    *end = reference_address(end == &out.initiator ? zone : peer, prefix, host, out.ip6);
  }
  out.port = static_cast<uint16_t>(1024 + index % 60'000);
  return out;
}

Expected<std::unique_ptr<MbufTraffic>> MbufTraffic::make(size_t packets, uint16_t room, uint64_t seed) {
  static int made = 0;
  auto pool = MbufPool::make("bench" + std::to_string(made++), static_cast<uint32_t>(packets),
                             static_cast<uint16_t>(RTE_PKTMBUF_HEADROOM + room));
  if (!pool) return std::unexpected(pool.error());
  std::unique_ptr<MbufTraffic> out(new MbufTraffic());
  out->pool_ = std::move(*pool);
  out->mbufs_.reserve(packets);
  for (size_t i = 0; i < packets; ++i) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(out->pool_->get());
    if (mbuf == nullptr) return fail("the mbuf pool is too small for " + std::to_string(packets) + " packets");
    out->mbufs_.push_back(mbuf);
  }
  Random random(seed);
  std::shuffle(out->mbufs_.begin(), out->mbufs_.end(), random);
  return out;
}

namespace {

// Calls take(position, frame): every flow once by its initiator, then any, of either direction; all in one
// shuffled order.
template <class Take>
void each_small(const TrafficOptions& options, Take take) {
  std::vector<uint32_t> order(options.packets);
  std::iota(order.begin(), order.end(), 0u);
  Random random(options.seed + 1);
  std::shuffle(order.begin(), order.end(), random);
  for (size_t i = 0; i < order.size(); ++i) {
    const bool first = order[i] < options.flows;
    const size_t flow = first ? order[i] : random() % options.flows;
    const bool from_initiator = first || options.kind == Small::kUdp || random() % 2 == 0;
    take(i, small_frame(draw_flow(options.seed, flow, 0), options.kind, from_initiator));
  }
}

}  // namespace

Expected<std::unique_ptr<MbufTraffic>> MbufTraffic::small(const TrafficOptions& options) {
  auto out = make(options.packets, kSmallRoom, options.seed);
  if (!out) return out;
  each_small(options, [&](size_t i, const frames::Bytes& frame) { fill((*out)->mbufs_[i], frame); });
  return out;
}

std::vector<SmallPacket> small_packets(const TrafficOptions& options) {
  std::vector<SmallPacket> out(options.packets);
  each_small(options, [&](size_t i, const frames::Bytes& frame) {
    std::copy_n(frame.begin() + kSumAndEndsAt, out[i].sum_and_ends.size(), out[i].sum_and_ends.begin());
    std::copy_n(frame.begin() + kTcpSumAt, out[i].tcp_sum.size(), out[i].tcp_sum.begin());
  });
  return out;
}

Expected<std::unique_ptr<MbufTraffic>> MbufTraffic::of(std::span<const std::vector<uint8_t>> frames) {
  auto out = make(frames.size(), kLargeRoom, 1);
  if (!out) return out;
  for (size_t i = 0; i < frames.size(); ++i) fill((*out)->mbufs_[i], frames[i]);
  return out;
}

size_t MbufTraffic::small_bytes_per_packet() {
  constexpr size_t kMempoolHeader = 64;
  return kMempoolHeader + sizeof(rte_mbuf) + RTE_PKTMBUF_HEADROOM + kSmallRoom + sizeof(rte_mbuf*) + sizeof(uint32_t);
}

std::string name_of(Small kind) { return kind == Small::kTcp ? "64 B TCP, both directions" : "64 B UDP"; }

MbufTraffic::~MbufTraffic() { rte_pktmbuf_free_bulk(mbufs_.data(), static_cast<unsigned>(mbufs_.size())); }

}  // namespace glacis::bench
