#include "bench/known_flows.h"

#include <algorithm>

namespace glacis::bench {
namespace {

constexpr uint64_t kPerRound = 64;

}  // namespace

std::function<uint64_t()> polls(PipelineRun& run, uint16_t burst) {
  return [&run, burst]() -> uint64_t {
    uint64_t packets = 0;
    while (packets < kPerRound) packets += run.poll(burst);
    return packets;
  };
}

size_t slots_for(size_t flows) { return std::max(RunOptions{}.flow_slots, flows + flows / 8); }

void introduce(const Traffic& traffic, size_t flows, std::span<const PacketEnds> round, RingPort& port,
               PipelineRun& run) {
  const auto poll = polls(run, kMaxBurst);
  for (size_t first = 0; first < flows; first += kRingMbufs) {
    // Whole bursts, but for the last ones: none goes on into the round before all are known.
    const auto handshakes = traffic.handshakes(first, std::min(kRingMbufs, flows - first));
    port.play(handshakes, round);
    while (port.plays_once()) poll();
  }
}

Expected<std::vector<Result>> measure_known(const Setting& setting, Report& report, const KnownFlows& known,
                                            const std::string& part, const std::shared_ptr<const Generation>& policy) {
  report.progress(part + ", making packets of " + std::to_string(known.traffic.flows) + " flows");
  const Traffic traffic(known.traffic);
  const auto mbufs = MbufTraffic::blank(traffic.shapes(), kRingMbufs);
  if (!mbufs) return std::unexpected(mbufs.error());
  const Traffic::Round round = traffic.round();
  std::vector<Result> out;
  for (const KnownRun& line : known.runs) {
    RingPort port((*mbufs)->mbufs(), {.shapes = traffic.shapes(), .verified = line.verified}, setting.stamp);
    const RunOptions options{
        .flow_slots = slots_for(known.traffic.flows), .timeouts = kNoTimeouts, .duplicates = line.duplicates};
    auto run = PipelineRun::make(options, policy, port, setting.stamp);
    if (!run) return std::unexpected(run.error());
    introduce(traffic, known.traffic.flows, round.packets, port, **run);
    const uint64_t flows = (*run)->flows_started();
    report.progress(part + ", " + line.name);
    out.push_back(measure({part, name_of(known.traffic), line.name, flows, line.burst}, setting.measure,
                          polls(**run, line.burst), [&] { return (*run)->drops(); }));
    if (const uint64_t started = (*run)->flows_started() - flows; started != 0) {
      return fail(std::to_string(started) + " flows started where all were known", part);
    }
    if ((*run)->bad_checksums() != 0) return fail("the packets' checksums are wrong", part);
  }
  return out;
}

Expected<Result> measure_ring(const Setting& setting, Report& report, const KnownFlows& known,
                              const std::string& part) {
  const Traffic traffic(known.traffic);
  const auto mbufs = MbufTraffic::blank(traffic.shapes(), kRingMbufs);
  if (!mbufs) return std::unexpected(mbufs.error());
  const Traffic::Round round = traffic.round();
  RingPort port((*mbufs)->mbufs(), {.shapes = traffic.shapes()}, setting.stamp);
  port.play({}, round.packets);
  RxPort* const ports[] = {&port};
  Reader reader(RunMode::kLive, ports, setting.stamp);
  const auto rx = std::make_unique<RxBurst>();
  const auto read = [&]() -> uint64_t {
    reader.read(*rx, kMaxBurst);
    keep(rx.get());
    return rx->burst.count;
  };
  report.progress(part + ", ring and reader alone");
  return measure({part, name_of(known.traffic), "of it ring and reader", known.traffic.flows, kMaxBurst},
                 setting.measure, read);
}

}  // namespace glacis::bench
