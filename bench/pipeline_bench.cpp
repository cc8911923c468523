#include <rte_mbuf.h>

#include <algorithm>

#include "bench/conversations.h"
#include "bench/parts.h"
#include "bench/pipeline_run.h"
#include "bench/ring_port.h"
#include "bench/traffic.h"
#include "sensor/runtime/machine_memory.h"

namespace glacis::bench {
namespace {

constexpr const char* kPart = "pipeline";
constexpr uint64_t kPerRound = 64;
constexpr size_t kMbufs = 65'536;

// Polls of `burst` packets until there are about 64 of them.
std::function<uint64_t()> polls(PipelineRun& run, uint16_t burst) {
  return [&run, burst]() -> uint64_t {
    uint64_t packets = 0;
    while (packets < kPerRound) packets += run.poll(burst);
    return packets;
  };
}

// --- Known flows
// -------------------------------------------------------------------------------------------------

struct KnownRun {
  const char* name;
  bool verified;
  uint16_t burst;
};
constexpr KnownRun kByNic{"known flows", true, 64}, kByNic32{"known flows", true, 32}, kSingly{"known flows", true, 1},
    kSummed{"known flows, checksums summed", false, 64};

struct KnownFlows {
  size_t flows, packets;
  std::vector<KnownRun> runs;
};

// No flow ends while it is introduced or measured, however slow the machine.
constexpr FlowTimeouts kNoTimeouts{
    .half_open = seconds(86'400), .established = seconds(86'400), .unanswered = seconds(86'400)};

size_t slots_for(size_t flows) { return std::max(RunOptions{}.flow_slots, flows + flows / 8); }

uint64_t bytes_for(const KnownFlows& line) {
  constexpr size_t kIndex = 12;  // of a flow: its share of a bucket
  constexpr size_t kFlow = sizeof(HotFlow) + sizeof(ColdFlow) + kIndex;
  return line.packets * sizeof(SmallPacket) + kMbufs * MbufTraffic::small_bytes_per_packet() +
         slots_for(line.flows) * kFlow;
}

// Every flow has its handshake and its verdict: what is measured afterwards starts none and asks for none.
// Some at a time, as more half-open flows than half the table are a flood.
void introduce(size_t packets, RingPort& port, PipelineRun& run) {
  const auto round = polls(run, kMaxBurst);
  for (size_t first = 0; first < packets; first += kMbufs) {
    const size_t count = std::min(kMbufs, packets - first);
    for (const uint8_t flags : {kTcpSyn, kTcpAck}) {
      port.window(first, count, flags);
      while (port.rounds() < 1) round();
    }
  }
  port.window(0, packets, kTcpAck);
}

Expected<void> known_flows(const Setting& setting, Report& report, const KnownFlows& line,
                           const std::shared_ptr<const Generation>& policy) {
  report.progress("pipeline, making packets of " + std::to_string(line.flows) + " flows");
  const auto traffic = MbufTraffic::small({.packets = kMbufs});
  if (!traffic) return std::unexpected(traffic.error());
  const auto packets = small_packets({.packets = line.packets, .flows = line.flows});
  for (const auto& [name, verified, burst] : line.runs) {
    RingPort port((*traffic)->mbufs(), {.packets = packets, .verified = verified}, setting.stamp);
    auto run =
        PipelineRun::make({.flow_slots = slots_for(line.flows), .timeouts = kNoTimeouts}, policy, port, setting.stamp);
    if (!run) return std::unexpected(run.error());
    introduce(packets.size(), port, **run);
    const uint64_t flows = (*run)->flows_started();
    report.progress("pipeline, known flows");
    const Result result = measure({kPart, name_of(Small::kTcp), name, flows, burst}, setting.measure,
                                  polls(**run, burst), [&] { return (*run)->drops(); });
    if ((*run)->flows_started() != flows) {
      return fail(std::to_string((*run)->flows_started() - flows) + " flows started where all were known", "pipeline");
    }
    report.add(result);
  }
  return {};
}

// What of the lines above is the harness, port and reader: no pipeline behind them.
Expected<void> ring_alone(const Setting& setting, Report& report) {
  const auto traffic = MbufTraffic::small({});
  if (!traffic) return std::unexpected(traffic.error());
  const auto packets = small_packets({});
  RingPort port((*traffic)->mbufs(), {.packets = packets}, setting.stamp);
  RxPort* const ports[] = {&port};
  Reader reader(RunMode::kLive, ports, setting.stamp);
  const auto rx = std::make_unique<RxBurst>();
  const auto round = [&]() -> uint64_t {
    reader.read(*rx, kMaxBurst);
    keep(rx.get());
    return rx->burst.count;
  };
  report.progress("pipeline, ring and reader alone");
  report.add(
      measure({kPart, name_of(Small::kTcp), "of it ring and reader", 10'000, kMaxBurst}, setting.measure, round));
  return {};
}

// --- Flows that begin and end
// --------------------------------------------------------------------------------------

// Every packet starts a flow, whose record is told when its time-out of 60 s has passed: at 1 ms of
// event time between packets 60,000 live at a time.
Expected<void> new_flows(const Setting& setting, Report& report, const char* name,
                         const std::shared_ptr<const Generation>& policy) {
  const TrafficOptions options{.kind = Small::kUdp, .packets = 65'536, .flows = 65'536};
  const auto traffic = MbufTraffic::small(options);
  if (!traffic) return std::unexpected(traffic.error());
  RingPort port((*traffic)->mbufs(), {.step = milliseconds(1), .new_ports = true}, setting.stamp);
  auto run = PipelineRun::make({.clock = RunMode::kReplay}, policy, port, setting.stamp);
  if (!run) return std::unexpected(run.error());
  const auto round = polls(**run, kMaxBurst);
  while (port.rounds() < 2) round();  // from here on as many end as begin
  report.progress("pipeline, every packet a new flow");
  const Result result = measure({kPart, name_of(options.kind), name, 60'000, kMaxBurst}, setting.measure, round,
                                [&] { return (*run)->drops(); });
  if ((*run)->flows_started() != port.counters().received) {
    return fail(std::to_string((*run)->flows_started()) + " flows of " + std::to_string(port.counters().received) +
                    " packets, not one each",
                "pipeline");
  }
  report.add(result);
  return {};
}

// The same beside ten times as many of everything: a known flow should not feel it.
Expected<void> with_large_policy(const Setting& setting, Report& report) {
  const KnownFlows known{10'000, kMbufs, {{"known flows, policy ten times as large", true, 64}}};
  if (auto ok = known_flows(setting, report, known, setting.large); !ok) return ok;
  return new_flows(setting, report, "a new flow, policy ten times as large", setting.large);
}

Expected<void> conversation_lines(const Setting& setting, Report& report) {
  const Conversations conversations = make_conversations(65'536, 1);
  const auto traffic = MbufTraffic::of(conversations.frames);
  if (!traffic) return std::unexpected(traffic.error());
  for (const auto& [name, policy] : {std::pair("content of selected flows", setting.selected),
                                     std::pair("all content scanned", setting.everything)}) {
    report.progress("pipeline, conversations");
    RingPort port((*traffic)->mbufs(), {}, setting.stamp);
    auto run = PipelineRun::make({}, policy, port, setting.stamp);
    if (!run) return std::unexpected(run.error());
    const auto round = polls(**run, kMaxBurst);
    while (port.rounds() < 1) round();
    const Result result = measure({kPart, conversations.name(), name, conversations.conversations, kMaxBurst},
                                  setting.measure, round, [&] { return (*run)->drops(); });
    if ((*run)->bytes_scanned() == 0) return fail("no byte was scanned", std::string("pipeline, ") + name);
    report.add(result);
  }
  return {};
}

}  // namespace

Expected<void> bench_pipeline(const Setting& setting, Report& report) {
  const KnownFlows lines[] = {{10'000, kMbufs, {kByNic, kByNic32, kSingly, kSummed}},
                              {100'000, 1 << 18, {kByNic}},
                              {1'000'000, 1 << 21, {kByNic, kByNic32, kSummed}},
                              {16'000'000, size_t{1} << 24, {kByNic}}};
  for (const KnownFlows& line : lines) {
    if (line.flows > setting.most_flows) continue;
    const uint64_t needed = bytes_for(line), there = sensor::available_memory();
    if (there != 0 && needed > there / 10 * 9) {
      report.skip("known flows, " + std::to_string(line.flows / 1'000'000) + " M",
                  "needs " + std::to_string(needed >> 20) + " MiB, " + std::to_string(there >> 20) + " MiB are free");
      continue;
    }
    if (auto ok = known_flows(setting, report, line, setting.selected); !ok) return ok;
    if (line.flows == lines[0].flows) {
      if (auto ok = ring_alone(setting, report); !ok) return ok;
    }
  }
  if (auto ok = new_flows(setting, report, "every packet a new flow", setting.selected); !ok) return ok;
  if (setting.large) {
    if (auto ok = with_large_policy(setting, report); !ok) return ok;
  }
  return conversation_lines(setting, report);
}

}  // namespace glacis::bench
