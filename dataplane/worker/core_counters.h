#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "dataplane/base/anomaly.h"
#include "dataplane/packet/layers.h"

namespace glacis {

// One number that one core writes and any thread may read. Relaxed: a reader wants a recent value, and
// nothing else is published by it.
class CoreCounter {
 public:
  void add(uint64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void set_max(uint64_t n) {
    if (n > value_.load(std::memory_order_relaxed)) value_.store(n, std::memory_order_relaxed);
  }
  void set(uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// Packets or datagrams by the anomaly that they showed.
class AnomalyCounters {
 public:
  void add(AnomalySet seen) {
    for (uint32_t bits = seen.bits; bits != 0; bits &= bits - 1) {
      counters_[static_cast<size_t>(std::countr_zero(bits))].add(1);
    }
  }
  [[nodiscard]] uint64_t get(size_t anomaly) const { return counters_[anomaly].get(); }

 private:
  std::array<CoreCounter, kAnomalyNames.size()> counters_;
};

// What a live ring of events had no room for (EventOut).
struct EventOutCounters {
  CoreCounter events_shed;   // without flow records
  CoreCounter records_shed;  // flow records, also those not told for load
};

// What one worker counts. A packet it takes is `processed` or counted once in `decode`:
// received = processed + sum(decode but kOk), and the fragments that its joiner has taken.
struct alignas(64) CoreCounters : EventOutCounters {
  CoreCounter received;
  CoreCounter processed;
  CoreCounter quiet;  // of these, packets that changed nothing but their flow's counters (the fast way alone)
  std::array<CoreCounter, static_cast<size_t>(DecodeResult::kCount)> decode;  // by reason; kOk unused
  AnomalyCounters anomalies;  // packets that showed each; kBadChecksum: below
  CoreCounter bad_checksum;   // processed all the same
  CoreCounter bytes;          // layer 3, of processed packets
  CoreCounter flows;          // started
  CoreCounter flows_evicted;
  CoreCounter carriers_refused;    // flows whose tunnel is not told, as no number for it was free
  CoreCounter flows_one_way;       // TCP, ended; see seen_one_way
  CoreCounter violations;          // events of kind kJudged
  CoreCounter rules_left_out;      // violations beyond what one event holds, the least severe
  CoreCounter rules_unremembered;  // told, but may be told again: the memory of told rules was full
  CoreCounter step_hits;
  CoreCounter stream_gaps;           // holes that were given up; what should stand there is not scanned
  CoreCounter stream_waited;         // segments that came ahead of a hole and were kept
  CoreCounter stream_lost_bytes;     // of these, dropped because room ran out
  CoreCounter stream_conflicts;      // segments that say otherwise than an earlier one; both readings are scanned
  CoreCounter readings_refused;      // other readings that went unscanned, as no stream was free
  CoreCounter stream_out_of_window;  // segments that no receiver takes; not scanned
  CoreCounter depth_reached;         // directions of streams that were searched to their depth and had more
  // The next three are live, by load. Of payload that the flow table skipped they count at the flow's next packet that
  // is looked at, its next record or its end.
  CoreCounter scans_shed;        // flows that were not begun to be searched
  CoreCounter streams_shed;      // searches given up in mid-stream
  CoreCounter elephants_shed;    // of both kinds, those bypassed for good because they were large
  CoreCounter streams_refused;   // the stream pool was empty: the flow goes unscanned
  CoreCounter streams_reopened;  // a policy with other patterns came while the flow was scanned
  CoreCounter longest_gap_ns;    // between two polls, since it was last reset by the reader
  CoreCounter sleeps;
  // Content checks not made: a flow had too many candidates.
  CoreCounter candidates_capped;
};

}  // namespace glacis
