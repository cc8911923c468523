#pragma once

#include <cstdint>
#include <thread>

#include "dataplane/alert/event.h"
#include "dataplane/base/spsc_ring.h"
#include "dataplane/worker/core_counters.h"

namespace glacis {

enum class RunMode : uint8_t { kReplay, kLive };

// Where a worker's events leave it. Full: a replay waits until the correlator has made room, a live
// worker sheds the event and counts it. Thread: the worker.
class EventOut {
 public:
  EventOut(RunMode mode, SpscRing<Event>& ring, CoreCounters& counters)
      : mode_(mode), ring_(ring), counters_(counters) {}

  void push(const Event& event) {
    while (!ring_.push(event)) {
      if (mode_ == RunMode::kLive) return counters_.events_shed.add(1);
      std::this_thread::yield();
    }
  }

 private:
  const RunMode mode_;
  SpscRing<Event>& ring_;
  CoreCounters& counters_;
};

}  // namespace glacis
