#include "bench/traffic.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "bench/reference_policy.h"
#include "tests/fakes/frames.h"

namespace glacis::bench {
namespace {

using Random = std::mt19937_64;

struct FlowEnds {
  frames::Ends ends;
  uint16_t port;
  bool ip6, udp, tagged;
};

FlowEnds draw_flow(size_t index, Sizes sizes, Random& random) {
  const bool mixed = sizes == Sizes::kMixed;
  const auto percent = [&random](unsigned share) { return random() % 100 < share; };
  FlowEnds out{};
  out.ip6 = mixed && percent(10);
  out.udp = mixed && percent(30);
  out.tagged = mixed && percent(5);
  const auto zone = static_cast<unsigned>(random() % kReferenceZones);
  const unsigned peer = (zone + 1 + static_cast<unsigned>(random() % kReferencePeers)) % kReferenceZones;
  const auto prefix = [&random] { return static_cast<unsigned>(random() % kReferencePrefixes); };
  const auto host = [&random] { return static_cast<unsigned>(1 + random() % 250); };
  out.ends = {reference_address(zone, prefix(), host(), out.ip6), reference_address(peer, prefix(), host(), out.ip6)};
  out.port = static_cast<uint16_t>(1024 + index % 60'000);
  return out;
}

size_t wire_bytes(Sizes sizes, Random& random) {
  if (sizes == Sizes::kSmall) return 60;
  const auto draw = random() % 12;
  return draw < 7 ? 60 : draw < 11 ? 590 : 1514;  // without the frame check sequence
}

frames::Bytes frame_of(const FlowEnds& flow, size_t wire) {
  const size_t headers = 14 + (flow.tagged ? 4u : 0u) + (flow.ip6 ? 40u : 20u) + (flow.udp ? 8u : 20u);
  const frames::Bytes payload(wire > headers ? wire - headers : 0, 'g');
  const frames::Segment segment = flow.udp ? frames::udp(flow.port, 443, payload)
                                           : frames::tcp({.from = flow.port, .to = 443, .flags = 0x10}, wire > 60 ? payload : frames::Bytes{});
  const frames::Bytes packet = flow.ip6 ? frames::ip6(segment, {}, flow.ends) : frames::ip4({.ends = flow.ends}, segment);
  frames::Bytes out = frames::ethernet(flow.ip6 ? frames::kIp6 : frames::kIp4, packet,
                                       flow.tagged ? std::vector<frames::Tag>{{0x8100, 100}} : std::vector<frames::Tag>{});
  if (out.size() < 60) out.resize(60);
  return out;
}

}  // namespace

std::vector<std::vector<uint8_t>> make_frames(const TrafficOptions& options) {
  Random random(options.seed);
  std::vector<FlowEnds> flows;
  flows.reserve(options.flows);
  for (size_t i = 0; i < options.flows; ++i) flows.push_back(draw_flow(i, options.sizes, random));
  std::vector<std::vector<uint8_t>> out;
  out.reserve(options.packets);
  for (size_t i = 0; i < options.packets; ++i) {
    // Every flow once, then any: as many flows as asked for when there are packets enough.
    const FlowEnds& flow = i < flows.size() ? flows[i] : flows[random() % flows.size()];
    out.push_back(frame_of(flow, wire_bytes(options.sizes, random)));
  }
  std::shuffle(out.begin(), out.end(), random);
  return out;
}

std::string mix_name(Sizes sizes) {
  return sizes == Sizes::kSmall ? "64 B TCP" : "64/594/1518 B 7:4:1, 30 % UDP, 10 % IPv6, 5 % VLAN";
}

Expected<std::unique_ptr<MbufTraffic>> MbufTraffic::make(const TrafficOptions& options) {
  static int made = 0;
  const auto frames = make_frames(options);
  const uint16_t room = options.sizes == Sizes::kSmall ? 64 : 1536;
  auto pool = MbufPool::make("bench" + std::to_string(made++), static_cast<uint32_t>(frames.size()), static_cast<uint16_t>(RTE_PKTMBUF_HEADROOM + room));
  if (!pool) return std::unexpected(pool.error());
  std::unique_ptr<MbufTraffic> out(new MbufTraffic());
  out->pool_ = std::move(*pool);
  out->mbufs_.reserve(frames.size());
  for (const auto& frame : frames) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(out->pool_->get());
    if (mbuf == nullptr) return fail("the mbuf pool is too small", "bench");
    std::memcpy(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(frame.size())), frame.data(), frame.size());
    out->mbufs_.push_back(mbuf);
  }
  Random random(options.seed + 1);
  std::shuffle(out->mbufs_.begin(), out->mbufs_.end(), random);
  return out;
}

void touch_headers(std::span<rte_mbuf* const> mbufs) {
  for (rte_mbuf* mbuf : mbufs) {
    __builtin_prefetch(mbuf);
    __builtin_prefetch(&mbuf->dynfield1);
  }
}

MbufTraffic::~MbufTraffic() { rte_pktmbuf_free_bulk(mbufs_.data(), static_cast<unsigned>(mbufs_.size())); }

}  // namespace glacis::bench
