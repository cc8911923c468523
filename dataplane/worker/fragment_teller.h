#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/alert/event.h"
#include "dataplane/base/anomaly.h"
#include "dataplane/base/keyed_hash.h"
#include "dataplane/base/spsc_ring.h"
#include "dataplane/fragment/fragment.h"
#include "dataplane/packet/layers.h"
#include "dataplane/policy/generation.h"
#include "dataplane/worker/core_counters.h"
#include "dataplane/worker/event_out.h"

namespace glacis {

// What fragments show that no packet of a flow will: they are taken, or their datagram is never whole.
struct FragmentFinding {
  FlowKey key;  // of their ends, without ports
  bool from_low = true;
  AnomalySet anomalies;
  Nanos start, time;  // of the first fragment, and when it was found
  FragmentOrigin origin;

  // One fragment by itself; `layers` is decode()'s word on it.
  FragmentFinding(const Layers& layers, AnomalySet seen, Nanos at, const FragmentOrigin& from)
      : key(layers.key), from_low(layers.from_low), anomalies(seen), start(at), time(at), origin(from) {}
  explicit FragmentFinding(const EndedDatagram& datagram);
};

// Threads: written by the teller's, read by any.
struct FragmentTellerCounters : EventOutCounters {
  CoreCounter step_hits;
  CoreCounter refused;  // findings that steps ask for and were not told of: kPairs
};

// Tells `anomaly` steps of findings: the sender is taken for the initiator, ports (0) and outcome are not known, and no
// rule is asked. A pair of ends hears of each anomaly once in kTellAgain and under one generation. At most kPairs are
// told of in that time; those beyond are counted, so that a flood of fragments is none of events.
// Live, a full ring sheds the event, counted; a replay waits. Owns its memory, taken at construction; borrows the ring,
// whose other producer, if any, is the same thread. Thread: the one that puts fragments together.
class FragmentTeller {
 public:
  static constexpr uint32_t kPairs = 4096;
  static constexpr Nanos kTellAgain = seconds(60);

  FragmentTeller(RunMode mode, SpscRing<Event>& ring, uint64_t seed);

  void tell(const FragmentFinding& finding, const Generation& generation);
  // Nothing comes any more: see EventOut.
  void wait_when_full() { out_.wait_when_full(); }

  [[nodiscard]] const FragmentTellerCounters& counters() const { return counters_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Pair {
    uint64_t hash = 0;  // keyed: stands for the pair
    Nanos since;
    GenerationId generation;
    AnomalySet told;
    uint32_t chain = kNone;  // the next of its bucket
  };

  [[nodiscard]] uint64_t hash_of(const FragmentFinding& finding) const;
  [[nodiscard]] uint32_t find(uint64_t hash) const;
  [[nodiscard]] uint32_t enter(uint64_t hash, Nanos now, GenerationId generation);
  void leave(uint32_t index);
  void send(const FragmentFinding& finding, AnomalySet hit_by, PathIndex path, StepIndex step,
            const Generation& generation);

  FragmentTellerCounters counters_;
  EventOut out_;
  const KeyedHash hash_;
  std::vector<Pair> pairs_;          // a ring in the order of their entry
  uint64_t entered_ = 0, left_ = 0;  // of all time
  std::vector<uint32_t> buckets_;
};

}  // namespace glacis
