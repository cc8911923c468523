#pragma once

#include <rte_cycles.h>
#include <rte_pause.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <thread>

#include "dataplane/alert/event.h"
#include "dataplane/base/spsc_ring.h"
#include "dataplane/worker/core_counters.h"

namespace glacis {

enum class RunMode : uint8_t { kReplay, kLive };

// kRecord: of a flow that nothing was told of, or that goes on; no verdict hangs on it.
enum class Worth : uint8_t { kRecord, kVerdict };

// Where a worker's events leave it. Full: a replay waits until the correlator has made room, a live
// worker sheds the event and counts it. Live, the last quarter of the ring is kept from mere records, so
// that they go before what the policy asks for. Thread: the one that tells.
class EventOut {
 public:
  EventOut(RunMode mode, SpscRing<Event>& ring, EventOutCounters& counters)
      : mode_(mode), ring_(ring), counters_(counters) {}

  // Where the next event, of this kind, is written, as new but for its evidence's bytes; null: shed,
  // and counted. send() hands it on.
  [[nodiscard]] Event* begin(EventKind kind, Worth worth) {
    const bool keeps = worth == Worth::kRecord && mode_ == RunMode::kLive && !draining_;
    const size_t kept = keeps ? ring_.capacity() / 4 : 0;
    for (;;) {
      if (Event* const slot = ring_.claim(kept)) return new (slot) Event;
      if (mode_ == RunMode::kLive && !may_wait()) {
        (kind == EventKind::kFlowEnd ? counters_.records_shed : counters_.events_shed).add(1);
        return nullptr;
      }
      wait();
    }
  }
  void send() {
    ring_.publish();
    ring_.prefetch_next(offsetof(Event, evidence) + offsetof(EvidenceSlice, data));
  }

  // Places that records may still take before one would be shed; a replay sheds none.
  [[nodiscard]] size_t room_for_records() {
    if (mode_ == RunMode::kReplay || draining_) return SIZE_MAX;
    const size_t room = ring_.room(), kept = ring_.capacity() / 4;
    return room > kept ? room - kept : 0;
  }
  // No packet waits any more: from here on a live worker waits for room too, without a system call, but
  // kLongestDrain_s in all at most. A sink that stands still then costs records, counted, and not the end.
  void wait_when_full() {
    draining_ = true;
    give_up_ = rte_rdtsc() + kLongestDrain_s * rte_get_tsc_hz();
  }

 private:
  static constexpr uint64_t kLongestDrain_s = 10;
  [[nodiscard]] bool may_wait() {
    draining_ = draining_ && rte_rdtsc() < give_up_;
    return draining_;
  }
  // A replay may have fewer CPUs than threads.
  void wait() const {
    if (mode_ == RunMode::kReplay) {
      std::this_thread::yield();
    } else {
      rte_pause();
    }
  }

  const RunMode mode_;
  bool draining_ = false;
  uint64_t give_up_ = 0;  // TSC
  SpscRing<Event>& ring_;
  EventOutCounters& counters_;
};

}  // namespace glacis
