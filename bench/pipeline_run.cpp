#include "bench/pipeline_run.h"

namespace glacis::bench {
namespace {

constexpr size_t kEvents = 4096;  // an engine's own default

// Events are shed when the ring is full, in a replay too: this thread would wait for itself.
PipelineOptions pipeline_options(const RunOptions& options) {
  PipelineOptions out;
  out.mode = RunMode::kLive;
  out.flow_slots = options.flow_slots;
  out.timeouts = options.timeouts;
  return out;
}

}  // namespace

PipelineRun::PipelineRun(const RunOptions& options, std::shared_ptr<const Generation> generation, RxPort& port,
                         MbufStampField stamp)
    : ring_(kEvents),
      generation_(std::move(generation)),
      pipeline_(pipeline_options(options), ring_, counters_),
      ports_{&port},
      reader_(options.clock, ports_, stamp, {}, {.by_port = {options.duplicates}}) {}

Expected<std::unique_ptr<PipelineRun>> PipelineRun::make(const RunOptions& options,
                                                         std::shared_ptr<const Generation> generation, RxPort& port,
                                                         MbufStampField stamp) {
  auto streams = ScanStreams::make(generation->shared_patterns(), {.flows = options.scanned_flows});
  if (!streams) return std::unexpected(streams.error());
  std::unique_ptr<PipelineRun> out(new PipelineRun(options, std::move(generation), port, stamp));
  out->streams_ = std::move(*streams);
  out->pipeline_.content().offer(out->streams_.get());
  return out;
}

uint64_t PipelineRun::drops() const {
  uint64_t out = counters_.events_shed.get() + counters_.records_shed.get() + counters_.flows_evicted.get() +
                 counters_.streams_refused.get();
  for (size_t reason = 0; reason < counters_.decode.size(); ++reason) {
    if (static_cast<DecodeResult>(reason) != DecodeResult::kNotIp) out += counters_.decode[reason].get();
  }
  return out;
}

}  // namespace glacis::bench
