#include "bench/traffic.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>

#include "dataplane/packet/layers.h"
#include "tests/fakes/frames.h"

namespace glacis::bench {
namespace {

using Random = std::mt19937_64;

constexpr uint16_t kSmallRoom = 64, kHeaderRoom = 128, kLargeRoom = 1664;
constexpr uint8_t kTcpSynAck = kTcpSyn | kTcpAck;
constexpr uint32_t kFirstPayload = 1001;  // behind the SYN of a template

// In a small UDP frame: an IPv4 header without options behind Ethernet.
constexpr size_t kUdpChecksum = 14 + 20 + 6;

frames::Bytes small_udp(const FlowEnds& flow) {
  frames::Bytes out = frames::ethernet(frames::kIp4, frames::ip4({.ends = {flow.initiator, flow.responder}},
                                                                 frames::udp(flow.port, kWeb, frames::Bytes(18, 'g'))));
  frames::set16(out, kUdpChecksum, 0);  // none (RFC 768): the port may change
  return out;
}

void fill(rte_mbuf* mbuf, std::span<const uint8_t> frame) {
  std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size())), frame.data(), frame.size());
}

std::vector<FrameTemplate> shapes_of(const TrafficOptions& options) {
  std::vector<uint16_t> payloads(options.payload_bytes.begin(), options.payload_bytes.end());
  payloads.push_back(0);  // of handshakes
  std::ranges::sort(payloads);
  payloads.erase(std::ranges::unique(payloads).begin(), payloads.end());
  const auto some = [](unsigned percent) {
    return percent == 0 ? std::vector{false} : percent == 100 ? std::vector{true} : std::vector{false, true};
  };
  std::vector<FrameTemplate> out;
  for (const bool ip6 : some(options.ip6_percent)) {
    for (const bool tagged : some(options.vlan_percent)) {
      for (const uint16_t payload : payloads) out.emplace_back(FrameShape{ip6, tagged, payload});
    }
  }
  return out;
}

// Which flow a packet is of.
std::function<size_t(Random&)> popularity(const TrafficOptions& options) {
  if (options.zipf == 0 && options.elephant_percent == 0) {
    return [flows = options.flows](Random& random) { return random() % flows; };
  }
  std::vector<double> shares(options.flows, 1.0);
  for (size_t rank = 0; rank < shares.size(); ++rank) {
    shares[rank] = std::pow(static_cast<double>(rank + 1), -options.zipf);
  }
  if (options.elephant_percent != 0) {
    const double elephant = options.elephant_percent / 100.0;
    shares[0] = elephant / (1 - elephant) * static_cast<double>(options.flows - 1);
  }
  return [draw = std::discrete_distribution<size_t>(shares.begin(), shares.end())](Random& random) mutable {
    return draw(random);
  };
}

// Flows by their rank, the elephant first: numbers follow each other in a table, popular ones should not.
std::vector<uint32_t> flows_by_rank(const TrafficOptions& options) {
  std::vector<uint32_t> out(options.flows);
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint32_t>(i);
  Random random(options.seed + 2);
  std::ranges::shuffle(out, random);
  return out;
}

}  // namespace

Traffic::Traffic(const TrafficOptions& options) : options_(options), shapes_(shapes_of(options)) {}

PacketEnds Traffic::packet(size_t flow, bool from_initiator, uint8_t flags, uint16_t payload_bytes) const {
  const FlowEnds ends = draw_flow(options_.seed, flow, options_.ip6_percent, options_.vlan_percent);
  const FrameShape shape{ends.ip6, ends.tagged, payload_bytes};
  const auto found = std::ranges::find(shapes_, shape, &FrameTemplate::shape);
  return found->ends(ends, from_initiator, flags, static_cast<uint16_t>(found - shapes_.begin()));
}

void Traffic::add_greetings(std::vector<PacketEnds>& to, size_t first, size_t count, uint8_t flags) const {
  const bool from_initiator = flags != kTcpSynAck;
  for (size_t flow = first; flow < first + count; ++flow) to.push_back(packet(flow, from_initiator, flags, 0));
}

std::vector<PacketEnds> Traffic::handshakes(size_t first, size_t count) const {
  std::vector<PacketEnds> out;
  out.reserve(3 * count);
  for (const uint8_t flags : {kTcpSyn, kTcpSynAck, kTcpAck}) add_greetings(out, first, count, flags);
  return out;
}

std::vector<PacketEnds> Traffic::syns(size_t first, size_t count) const {
  std::vector<PacketEnds> out;
  out.reserve(count);
  add_greetings(out, first, count, kTcpSyn);
  return out;
}

Traffic::Round Traffic::round() const {
  Random random(options_.seed + 1);
  auto draw = popularity(options_);
  const std::vector<uint32_t> flow_of = flows_by_rank(options_);
  const bool streams = std::ranges::max(options_.payload_bytes) != 0;
  std::vector<uint32_t> sent(streams ? options_.flows * 2 : 0);  // bytes, by flow and direction
  std::vector<size_t> stream_of;
  Round out;
  out.packets.reserve(options_.packets);
  uint32_t others = 0;
  for (size_t i = 0; i < options_.packets; ++i) {
    const size_t rank = draw(random), flow = flow_of[rank];
    const bool from_initiator = random() % 2 == 0;
    const uint16_t payload = options_.payload_bytes[random() % options_.payload_bytes.size()];
    out.packets.push_back(packet(flow, from_initiator, kTcpAck, payload));
    if (!streams) continue;
    stream_of.push_back(flow * 2 + (from_initiator ? 1 : 0));
    out.places.push_back({kFirstPayload + sent[stream_of.back()], 0});
    sent[stream_of.back()] += payload;
    out.others_until.push_back(others);
    others += rank == 0 ? 0 : 1;
  }
  for (size_t i = 0; i < out.places.size(); ++i) out.places[i].per_round = sent[stream_of[i]];
  if (streams) out.others_until.push_back(others);
  return out;
}

std::string name_of(const TrafficOptions& options) {
  if (options.kind == Small::kUdp) return "64 B UDP";
  std::string out;
  if (options.payload_bytes.size() == 1) {
    const auto size = [&](bool ip6, bool tagged) {
      return FrameTemplate({ip6, tagged, options.payload_bytes[0]}).size() + 4U;
    };
    out = std::to_string(size(options.ip6_percent == 100, options.vlan_percent == 100)) + " B TCP";
  } else {
    out = "IMIX of 64, 594 and 1518 B TCP";
  }
  out += ", both directions";
  if (options.ip6_percent != 0) out += ", " + std::to_string(options.ip6_percent) + " % IPv6";
  if (options.vlan_percent != 0) out += ", " + std::to_string(options.vlan_percent) + " % VLAN";
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

Expected<std::unique_ptr<MbufTraffic>> MbufTraffic::small(const TrafficOptions& options) {
  auto out = make(options.packets, kSmallRoom, options.seed);
  if (!out) return out;
  if (options.kind == Small::kUdp) {
    for (size_t i = 0; i < options.packets; ++i) {
      fill((*out)->mbufs_[i], small_udp(draw_flow(options.seed, i % options.flows, 0)));
    }
    return out;
  }
  const Traffic traffic(options);
  const Traffic::Round round = traffic.round();
  for (size_t i = 0; i < options.packets; ++i) {
    rte_mbuf* const mbuf = (*out)->mbufs_[i];
    const FrameTemplate& shape = traffic.shapes()[round.packets[i].shape];
    fill(mbuf, shape.frame());
    shape.write(round.packets[i], rte_pktmbuf_mtod(mbuf, uint8_t*));
  }
  return out;
}

Expected<std::unique_ptr<MbufTraffic>> MbufTraffic::blank(std::span<const FrameTemplate> shapes, size_t mbufs) {
  const FrameTemplate& longest = *std::ranges::max_element(shapes, {}, &FrameTemplate::size);
  const bool small = shapes.size() == 1 && longest.size() <= kSmallRoom;
  auto out = make(mbufs, small ? kSmallRoom : longest.size() <= kHeaderRoom ? kHeaderRoom : kLargeRoom, 1);
  if (!out) return out;
  for (rte_mbuf* const mbuf : (*out)->mbufs_) fill(mbuf, longest.frame());
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

MbufTraffic::~MbufTraffic() { rte_pktmbuf_free_bulk(mbufs_.data(), static_cast<unsigned>(mbufs_.size())); }

}  // namespace glacis::bench
