#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/parts.h"
#include "bench/pipeline_run.h"
#include "bench/ring_port.h"
#include "bench/traffic.h"

namespace glacis::bench {

// Packets of flows that are in the table with their verdicts before anything is measured.
inline constexpr size_t kRingMbufs = 65'536;

struct KnownRun {
  std::string name;
  bool verified;  // checksums, by the NIC
  uint16_t burst;
  // kCount: every packet is looked for, and found from the second round on; none is dropped.
  Duplicates duplicates = Duplicates::kIgnore;
};

struct KnownFlows {
  TrafficOptions traffic;
  std::vector<KnownRun> runs;
};

// Polls of `burst` packets until there are about 64 of them.
[[nodiscard]] std::function<uint64_t()> polls(PipelineRun& run, uint16_t burst);

// No flow ends while it is introduced or measured, however slow the machine.
inline constexpr FlowTimeouts kNoTimeouts{
    .half_open = seconds(86'400), .established = seconds(86'400), .unanswered = seconds(86'400)};

// Slots that hold so many flows.
[[nodiscard]] size_t slots_for(size_t flows);

// Every flow has its handshake and its verdict; then `round` is played. Some at a time, as more half-open flows than
// half the table are a flood.
void introduce(const Traffic& traffic, size_t flows, std::span<const PacketEnds> round, RingPort& port,
               PipelineRun& run);

// A result for each run. Fails when memory is short, when a flow starts while measured, or when a checksum is wrong.
[[nodiscard]] Expected<std::vector<Result>> measure_known(const Setting& setting, Report& report,
                                                          const KnownFlows& known, const std::string& part,
                                                          const std::shared_ptr<const Generation>& policy);

// What of that is the harness, port and reader: no pipeline behind them.
[[nodiscard]] Expected<Result> measure_ring(const Setting& setting, Report& report, const KnownFlows& known,
                                            const std::string& part);

}  // namespace glacis::bench
