#include "bench/pipeline_run.h"

namespace glacis::bench {
namespace {

constexpr size_t kEvents = 65'536;

// Events are shed when the ring is full, in a replay too: this thread would wait for itself.
PipelineOptions options(size_t flow_slots) {
  PipelineOptions out;
  out.mode = RunMode::kLive;
  out.flow_slots = flow_slots;
  return out;
}

}  // namespace

PipelineRun::PipelineRun(size_t flow_slots, std::shared_ptr<const Generation> generation, RunMode clock, RxPort& port,
                         MbufStampField stamp)
    : ring_(kEvents),
      generation_(std::move(generation)),
      pipeline_(options(flow_slots), ring_, counters_),
      ports_{&port},
      reader_(clock, ports_, stamp) {}

Expected<std::unique_ptr<PipelineRun>> PipelineRun::make(size_t flow_slots, size_t scanned_flows,
                                                         std::shared_ptr<const Generation> generation, RunMode clock,
                                                         RxPort& port, MbufStampField stamp) {
  auto streams = ScanStreams::make(generation->shared_patterns(), scanned_flows);
  if (!streams) return std::unexpected(streams.error());
  std::unique_ptr<PipelineRun> out(new PipelineRun(flow_slots, std::move(generation), clock, port, stamp));
  out->streams_ = std::move(*streams);
  out->pipeline_.content().offer(out->streams_.get());
  return out;
}

uint64_t PipelineRun::drops() const {
  uint64_t out = counters_.events_shed.get() + counters_.flow_table_full.get() + counters_.flows_evicted.get() +
                 counters_.streams_refused.get();
  for (size_t reason = 0; reason < counters_.decode.size(); ++reason) {
    if (static_cast<DecodeResult>(reason) != DecodeResult::kNotIp) out += counters_.decode[reason].get();
  }
  return out;
}

}  // namespace glacis::bench
