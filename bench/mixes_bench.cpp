#include <algorithm>

#include "bench/known_flows.h"
#include "bench/parts.h"

// Known flows of other kinds beside the plain ones, and a flood of half-open flows beside established ones.
namespace glacis::bench {
namespace {

constexpr const char* kPart = "pipeline, other mixes";
constexpr size_t kFlows = 100'000, kPackets = 1 << 18;

// --- Known flows
// -------------------------------------------------------------------------------------------------

std::vector<KnownFlows> known_mixes() {
  const TrafficOptions plain{.packets = kPackets, .flows = kFlows};
  std::vector<KnownFlows> out;
  const auto add = [&](const char* name, auto change) {
    out.push_back({plain, {{name, true, kMaxBurst}}});
    change(out.back().traffic);
  };
  add("known flows", [](TrafficOptions&) {});
  add("known flows, zipf 1.0", [](TrafficOptions& t) { t.zipf = 1.0; });
  add("known flows, one has 80 %", [](TrafficOptions& t) { t.elephant_percent = 80; });
  add("known flows", [](TrafficOptions& t) { t.ip6_percent = 100; });
  add("known flows", [](TrafficOptions& t) { t.ip6_percent = 30; });
  add("known flows", [](TrafficOptions& t) { t.vlan_percent = 50; });
  add("known flows", [](TrafficOptions& t) { t.payload_bytes = kImix; });
  return out;
}

Expected<void> known_lines(const Setting& setting, Report& report) {
  double plain_ns = 0;
  for (const KnownFlows& mix : known_mixes()) {
    auto results = measure_known(setting, report, mix, kPart, setting.selected);
    if (!results) return std::unexpected(results.error());
    Result& line = results->front();
    if (plain_ns == 0) plain_ns = line.ns;
    line.times_first = line.ns / plain_ns;
    report.add(line);
  }
  return {};
}

// --- A SYN flood
// -------------------------------------------------------------------------------------------------

// Every packet a SYN of a flow that is not there, all of them from different hosts and each round from other ports,
// into a table that is half full of half-open flows already; beside them established ones, none of which may go.
Expected<void> syn_flood(const Setting& setting, Report& report) {
  const Traffic established({.packets = kPackets, .flows = kFlows}), flood({.flows = kRingMbufs, .seed = 3});
  const auto round = established.round().packets, syns = flood.syns(0, kRingMbufs);
  const auto mbufs = MbufTraffic::blank(flood.shapes(), kRingMbufs);
  if (!mbufs) return std::unexpected(mbufs.error());
  RingPort port((*mbufs)->mbufs(), {.shapes = flood.shapes(), .verified = true}, setting.stamp);
  auto made = PipelineRun::make({.timeouts = kNoTimeouts}, setting.selected, port, setting.stamp);
  if (!made) return std::unexpected(made.error());
  PipelineRun& run = **made;
  introduce(established, kFlows, round, port, run);
  const uint64_t known = run.flows_started(), received = port.counters().received;
  const auto poll = polls(run, kMaxBurst);
  port.play({}, syns, Ports::kNewEachRound);
  while (run.flows_evicted() < kRingMbufs) poll();
  report.progress("pipeline, SYN flood");
  Result line = measure({kPart, "64 B TCP, SYN alone", "SYN flood, beside established", known, kMaxBurst},
                        setting.measure, poll, [&] { return run.drops() - run.flows_evicted(); });
  const uint64_t began = run.flows_started() - known, sent = port.counters().received - received;
  if (began != sent) {
    return fail(std::to_string(began) + " flows of " + std::to_string(sent) + " SYNs, not one each", kPart);
  }
  const uint64_t before = run.flows_started();
  port.play({}, round);
  while (port.rounds() < 1) poll();
  if (const uint64_t again = run.flows_started() - before; again != 0) {
    return fail(std::to_string(again) + " established flows were evicted by half-open ones", kPart);
  }
  report.add(line);
  return {};
}

}  // namespace

Expected<void> bench_mixes(const Setting& setting, Report& report) {
  if (setting.most_flows < kFlows) return {};
  if (auto ok = known_lines(setting, report); !ok) return ok;
  return syn_flood(setting, report);
}

}  // namespace glacis::bench
