#include "bench/conversations.h"
#include "bench/known_flows.h"
#include "bench/parts.h"
#include "bench/pipeline_run.h"
#include "bench/ring_port.h"
#include "bench/traffic.h"
#include "sensor/runtime/machine_memory.h"

namespace glacis::bench {
namespace {

constexpr const char* kPart = "pipeline";

// --- Known flows
// -------------------------------------------------------------------------------------------------

const KnownRun kByNic{"known flows", true, 64}, kByNic32{"known flows", true, 32}, kSingly{"known flows", true, 1},
    kOnce{"known flows, duplicates looked for", true, 64, Duplicates::kCount},
    kSummed{"known flows, checksums summed", false, 64};

uint64_t bytes_for(const TrafficOptions& traffic) {
  constexpr size_t kFlow = FlowTable::bytes_per_flow();
  return traffic.packets * sizeof(PacketEnds) + traffic.flows * sizeof(uint32_t) +
         kRingMbufs * MbufTraffic::small_bytes_per_packet() + slots_for(traffic.flows) * kFlow;
}

// Whether there is memory for it; says so if not.
bool fits(Report& report, const TrafficOptions& traffic) {
  const uint64_t needed = bytes_for(traffic), there = sensor::available_memory();
  if (there == 0 || needed <= there / 10 * 9) return true;
  report.skip("known flows, " + std::to_string(traffic.flows / 1'000'000) + " M",
              "needs " + std::to_string(needed >> 20) + " MiB, " + std::to_string(there >> 20) + " MiB are free");
  return false;
}

Expected<void> known_lines(const Setting& setting, Report& report) {
  const KnownFlows lines[] = {{{.packets = kRingMbufs, .flows = 10'000}, {kByNic, kByNic32, kSingly, kOnce, kSummed}},
                              {{.packets = 1 << 18, .flows = 100'000}, {kByNic}},
                              {{.packets = 1 << 21, .flows = 1'000'000}, {kByNic, kByNic32, kOnce, kSummed}},
                              {{.packets = size_t{1} << 24, .flows = 16'000'000}, {kByNic}}};
  for (const KnownFlows& line : lines) {
    if (line.traffic.flows > setting.most_flows || !fits(report, line.traffic)) continue;
    const auto results = measure_known(setting, report, line, kPart, setting.selected);
    if (!results) return std::unexpected(results.error());
    for (const Result& result : *results) report.add(result);
    if (line.traffic.flows != lines[0].traffic.flows) continue;
    const auto ring = measure_ring(setting, report, line, kPart);
    if (!ring) return std::unexpected(ring.error());
    report.add(*ring);
  }
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
  RingPort port((*traffic)->mbufs(), {.step = milliseconds(1)}, setting.stamp);
  port.play({}, {}, Ports::kNewEachRound);
  auto run = PipelineRun::make({.clock = RunMode::kReplay}, policy, port, setting.stamp);
  if (!run) return std::unexpected(run.error());
  const auto round = polls(**run, kMaxBurst);
  while (port.rounds() < 2) round();  // from here on as many end as begin
  report.progress("pipeline, every packet a new flow");
  const Result result = measure({kPart, name_of(options), name, 60'000, kMaxBurst}, setting.measure, round,
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
  const KnownFlows known{{}, {{"known flows, policy ten times as large", true, 64}}};
  const auto results = measure_known(setting, report, known, kPart, setting.large);
  if (!results) return std::unexpected(results.error());
  report.add(results->front());
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
  if (auto ok = known_lines(setting, report); !ok) return ok;
  if (auto ok = new_flows(setting, report, "every packet a new flow", setting.selected); !ok) return ok;
  if (setting.large) {
    if (auto ok = with_large_policy(setting, report); !ok) return ok;
  }
  return conversation_lines(setting, report);
}

}  // namespace glacis::bench
