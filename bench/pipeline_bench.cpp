#include <rte_mbuf.h>

#include "bench/parts.h"
#include "bench/pipeline_run.h"
#include "bench/reference_policy.h"
#include "bench/traffic.h"

namespace glacis::bench {
namespace {

// Packets from memory, stamped as a live port's are: so far apart in event time as `step` says.
class Source {
 public:
  Source(const std::vector<rte_mbuf*>& mbufs, MbufStampField stamp, uint16_t burst, Nanos step)
      : mbufs_(mbufs), stamp_(stamp), burst_(burst), step_(step) {}

  void take(RxBurst& out) {
    if (next_ + burst_ > mbufs_.size()) {
      next_ = 0;
      ++round_;
    }
    out.burst.count = burst_;
    const size_t after = next_ + burst_;
    if (after + burst_ <= mbufs_.size()) touch_headers({mbufs_.data() + after, burst_});
    for (uint16_t i = 0; i < burst_; ++i) {
      rte_mbuf* mbuf = mbufs_[next_++];
      now_ = now_ + step_;
      stamp_.of(mbuf) = {now_, Ordinal(++ordinal_), PortId(0), LinkType::kEthernet};
      out.burst.mbuf[i] = mbuf;
    }
    out.burst.clock = now_;
    fill_columns(out, stamp_);
  }
  [[nodiscard]] uint32_t round() const { return round_; }

 private:
  const std::vector<rte_mbuf*>& mbufs_;
  const MbufStampField stamp_;
  const uint16_t burst_;
  const Nanos step_;
  size_t next_ = 0;
  uint32_t round_ = 0;
  uint64_t ordinal_ = 0;
  Nanos now_ = seconds(1'700'000'000);
};

struct Line {
  std::string name;
  TrafficOptions traffic;
  uint16_t burst;
};

using Policy = std::shared_ptr<const Generation>;

Expected<void> known_flows(const Setting& setting, const Tell& tell, const Policy& policy, const Line& line) {
  const auto traffic = MbufTraffic::make(line.traffic);
  if (!traffic) return std::unexpected(traffic.error());
  Source source((*traffic)->mbufs(), setting.stamp, line.burst, Nanos(100));
  PipelineRun run(line.traffic.flows * 2, policy, RunMode::kLive);
  RxBurst rx;
  const auto round = [&]() -> uint64_t {
    source.take(rx);
    run.process(rx);
    return line.burst;
  };
  while (source.round() == 0) round();  // every flow has been seen
  tell(measure({line.name, mix_name(line.traffic.sizes), line.traffic.flows, line.burst, kReferencePolicyName}, setting.measure, round,
               [&] { return run.drops(); }));
  return {};
}

// Every packet starts a flow: UDP without a checksum whose port is written anew each time. Flows end by
// their time-out as fast as they begin.
Expected<void> new_flows(const Setting& setting, const Tell& tell, const Policy& policy) {
  constexpr uint16_t kBurst = 64;
  const TrafficOptions options{.packets = 65'536, .flows = 65'536};
  const auto traffic = MbufTraffic::make(options);
  if (!traffic) return std::unexpected(traffic.error());
  for (rte_mbuf* mbuf : (*traffic)->mbufs()) {
    auto* frame = rte_pktmbuf_mtod(mbuf, uint8_t*);
    frame[23] = kIpProtoUdp;  // the IP header's checksum is wrong now, which costs nothing
    frame[38] = 0;            // UDP length: 26 bytes with the padding
    frame[39] = 20;
    frame[40] = frame[41] = 0;
  }
  Source source((*traffic)->mbufs(), setting.stamp, kBurst, milliseconds(1));
  PipelineRun run(size_t{1} << 18, policy, RunMode::kLive);
  RxBurst rx;
  const auto round = [&]() -> uint64_t {
    source.take(rx);
    for (uint16_t i = 0; i < kBurst; ++i) {
      auto* frame = rte_pktmbuf_mtod(rx.burst.mbuf[i], uint8_t*);
      const uint32_t port = 1024 + source.round() % 60'000;
      frame[34] = static_cast<uint8_t>(port >> 8);
      frame[35] = static_cast<uint8_t>(port);
    }
    run.process(rx);
    return kBurst;
  };
  while (source.round() < 2) round();  // flows end as fast as they begin from here on
  tell(measure({"pipeline, every packet a new flow", "64 B UDP", 60'000, kBurst, kReferencePolicyName}, setting.measure, round,
               [&] { return run.drops(); }));
  return {};
}

}  // namespace

Expected<void> bench_pipeline(const Setting& setting, const Tell& tell) {
  const auto policy = reference_generation();
  if (!policy) return std::unexpected(policy.error().front());
  std::vector<Line> lines = {
      {"pipeline, 10 k flows", {.packets = 65'536, .flows = 10'000}, 64},
      {"pipeline, 10 k flows, burst 1", {.packets = 65'536, .flows = 10'000}, 1},
      {"pipeline, 100 k flows", {.packets = 131'072, .flows = 100'000}, 64},
      {"pipeline, mixed sizes", {.packets = 65'536, .flows = 10'000, .sizes = Sizes::kMixed}, 64},
  };
  if (setting.scale == Scale::kFull) lines.push_back({"pipeline, 1 M flows", {.packets = 1 << 20, .flows = 1'000'000}, 64});
  for (const Line& line : lines) {
    if (auto ok = known_flows(setting, tell, *policy, line); !ok) return ok;
  }
  return new_flows(setting, tell, *policy);
}

}  // namespace glacis::bench
