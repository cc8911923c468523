#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "dataplane/policy/policy_slot.h"
#include "dataplane/worker/core_counters.h"
#include "dataplane/worker/hand_over.h"
#include "dataplane/worker/load_shed.h"
#include "dataplane/worker/pipeline.h"
#include "dataplane/worker/reader.h"

struct rte_ring;

namespace glacis {

enum class PollStyle : uint8_t { kAdaptive, kBusy };

// What a worker and the threads around it tell each other. Each number has one writer; the release
// store of a clock comes after the packets it covers are in the ring, the acquire load before they are
// taken out, so a worker that finds the ring empty has seen everything up to the clock it read.
struct alignas(64) WorkerSignals {
  std::atomic<int64_t> clock{0};               // reader: everything up to here has been handed over
  std::atomic<bool> input_done{false};         // reader: nothing more will come
  alignas(64) std::atomic<Nanos> watermark{};  // worker: every earlier event has been pushed
  std::atomic<bool> finished{false};           // worker: has left its loop
  std::atomic<ShedState> shed{};               // worker: at its last poll; nothing else is published by it
};

// Whether a live worker that is full gives up some of its work (LoadShed). A replay never does.
enum class Shedding : uint8_t { kOff, kOn };

struct WorkerOptions {
  WorkerId id;
  RunMode mode = RunMode::kReplay;
  PollStyle poll = PollStyle::kAdaptive;
  uint16_t burst = 32;
  Shedding shedding = Shedding::kOn;
  PipelineOptions pipeline;
};

// Where a worker's packets come from: `ring` alone (behind a distributor), `reader` alone (the only
// worker), or `reader` and `hand_over` (every worker reads queues of its own, until all have stopped).
struct WorkerInput {
  rte_ring* ring = nullptr;
  Reader* reader = nullptr;
  HandOver* hand_over = nullptr;
};

// One lcore's poll loop: packets from its input; the current generation once per burst; watermark, quiescent state,
// sleep after empty polls. Frees every mbuf it takes. Owns its pipeline, counters and signals. Thread: run() on one
// lcore; counters and signals by any.
class Worker {
 public:
  Worker(const WorkerOptions& options, PolicySlot& slot, SpscRing<Event>& events, const WorkerInput& input,
         MbufStampField stamp, const std::atomic<bool>& stop);

  // Returns when the input is at its end or stop is set, and all events are pushed.
  void run();

  // The longest gap between polls is measured anew from here. Thread: control.
  void forget_longest_gap() { measure_anew_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] Content& content() { return pipeline_.content(); }
  [[nodiscard]] CoreCounters& counters() { return counters_; }
  [[nodiscard]] WorkerSignals& signals() { return signals_; }

 private:
  struct Taken {
    Nanos clock;  // everything up to here has been taken
    bool last;
    uint8_t input_percent;  // how full the input is
  };
  [[nodiscard]] Taken take(const Generation& generation);
  [[nodiscard]] Taken take_from_ring();
  [[nodiscard]] Taken take_from_ports();
  [[nodiscard]] Taken take_from_queues(const Generation& generation);
  void read_own_queues(const Generation& generation);
  [[nodiscard]] bool take_over(const Generation& generation);
  void shed_load(const Taken& taken);
  void free_burst();
  void rest();
  void finish(Nanos clock);

  const WorkerOptions options_;
  PolicySlot& slot_;
  rte_ring* const ring_;
  Reader* const reader_;
  HandOver* const hand_over_;
  bool others_first_ = false;  // whose packets are looked for first; changes at every poll
  const MbufStampField stamp_;
  const std::atomic<bool>& stop_;
  CoreCounters counters_;
  WorkerSignals signals_;
  std::atomic<bool> measure_anew_{false};
  Pipeline pipeline_;
  LoadShed shed_;
  RxBurst rx_;
  uint64_t last_poll_ = 0;  // TSC
  double ns_per_tick_ = 0;
  uint32_t empty_polls_ = 0;
};

}  // namespace glacis
