#pragma once

#include <array>
#include <memory>

#include "bench/measure.h"
#include "dataplane/base/error.h"
#include "dataplane/worker/pipeline.h"
#include "dataplane/worker/reader.h"

namespace glacis::bench {

struct RunOptions {
  size_t flow_slots = size_t{1} << 18;  // a worker's own default
  size_t scanned_flows = 8192;
  RunMode clock = RunMode::kLive;  // kReplay: the packets bring their time
  FlowTimeouts timeouts = {};
  Duplicates duplicates = Duplicates::kIgnore;
};

// What a lone worker's poll does, but for freeing the mbufs and passing the policy swap's grace
// period: read from the port, stamp, all steps of the pipeline, deadlines. Its events are let
// go from the ring after each burst by the same thread (in a sensor: copied by the correlator's). Borrows the
// port. Thread: one.
class PipelineRun {
 public:
  // Fails when Hyperscan has no memory for the streams.
  [[nodiscard]] static Expected<std::unique_ptr<PipelineRun>> make(const RunOptions& options,
                                                                   std::shared_ptr<const Generation> generation,
                                                                   RxPort& port, MbufStampField stamp);

  // One burst; how many packets. They stand in burst() until the next call.
  uint16_t poll(uint16_t most) {
    reader_.read(rx_, most);
    pipeline_.process(rx_.burst, rx_.link, *generation_);
    pipeline_.advance(reader_.clock(), *generation_);
    while (const Event* const event = ring_.front()) {
      ended_ += event->kind == EventKind::kFlowEnd ? 1 : 0;
      keep(event->flow.id);
      ring_.release();
    }
    return rx_.burst.count;
  }
  [[nodiscard]] Burst& burst() { return rx_.burst; }

  // Packets that came to no flow although they are IP, flows that went unscanned or were evicted,
  // and events shed.
  [[nodiscard]] uint64_t drops() const;
  [[nodiscard]] uint64_t flows_started() const { return counters_.flows.get(); }
  [[nodiscard]] uint64_t flows_evicted() const { return counters_.flows_evicted.get(); }
  // Told by a record.
  [[nodiscard]] uint64_t flows_ended() const { return ended_; }
  [[nodiscard]] uint64_t bad_checksums() const { return counters_.bad_checksum.get(); }
  [[nodiscard]] uint64_t bytes_scanned() const {
    return streams_->scanner == nullptr ? 0 : streams_->scanner->counters().bytes;
  }

 private:
  PipelineRun(const RunOptions& options, std::shared_ptr<const Generation> generation, RxPort& port,
              MbufStampField stamp);

  SpscRing<Event> ring_;
  CoreCounters counters_;
  const std::shared_ptr<const Generation> generation_;
  std::unique_ptr<ScanStreams> streams_;
  Pipeline pipeline_;
  std::array<RxPort*, 1> ports_;
  Reader reader_;
  RxBurst rx_;
  uint64_t ended_ = 0;
};

}  // namespace glacis::bench
