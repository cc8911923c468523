#pragma once

#include <memory>

#include "dataplane/worker/pipeline.h"
#include "dataplane/worker/reader.h"

namespace glacis::bench {

// One worker's pipeline with a ring of events that is emptied after each burst: what a worker's poll
// does between receiving and freeing. Thread: one.
class PipelineRun {
 public:
  PipelineRun(size_t flow_slots, std::shared_ptr<const Generation> generation, RunMode mode)
      : ring_(65'536), generation_(std::move(generation)), pipeline_(options(flow_slots, mode), ring_, counters_) {}

  void process(RxBurst& rx) {
    pipeline_.process(rx.burst, rx.link, *generation_);
    pipeline_.advance(rx.burst.clock, *generation_);
    Event event;
    while (ring_.pop(event)) ++events_;
  }
  // Packets that came to no flow, and events that were shed.
  [[nodiscard]] uint64_t drops() const {
    uint64_t out = counters_.events_shed.get() + counters_.flow_table_full.get();
    for (const CoreCounter& reason : counters_.decode) out += reason.get();
    return out;
  }
  [[nodiscard]] uint64_t events() const { return events_; }

 private:
  static PipelineOptions options(size_t flow_slots, RunMode mode) {
    PipelineOptions out;
    out.mode = mode;
    out.flow_slots = flow_slots;
    return out;
  }
  SpscRing<Event> ring_;
  CoreCounters counters_;
  std::shared_ptr<const Generation> generation_;
  Pipeline pipeline_;
  uint64_t events_ = 0;
};

}  // namespace glacis::bench
