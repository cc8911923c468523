#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/path/correlator.h"
#include "dataplane/policy/policy_slot.h"
#include "dataplane/port/mbuf_pool.h"
#include "dataplane/port/rx_port.h"
#include "dataplane/worker/distributor.h"
#include "dataplane/worker/engine_shape.h"
#include "dataplane/worker/hand_over.h"
#include "dataplane/worker/packet_ring.h"
#include "dataplane/worker/worker.h"

namespace glacis {

// Called on the thread of each worker and of the distributor, before its first poll and after its last;
// rte_lcore_id() says which one it is. For whoever watches these threads, or holds one back.
enum class LoopMoment : uint8_t { kBegins, kEnds };
using LoopHook = std::function<void(LoopMoment)>;

struct EngineOptions {
  RunMode mode = RunMode::kReplay;
  PollStyle poll = PollStyle::kAdaptive;
  PacketWay way = PacketWay::kFast;
  uint16_t workers = 1;  // lcores 1 .. workers; the distributor, if any, is the next
  uint16_t burst = 32;
  uint64_t hash_seed = 1;
  size_t flow_slots = 262'144;  // per worker
  FlowTimeouts timeouts = {};
  size_t event_ring = 4096;  // events per worker
  size_t packet_ring = kPacketRing;
  DecodeOptions decode = {};
  DuplicateOptions duplicates = {};
  DefragmentOptions fragments = {};  // per thread that reads
  size_t scanned_flows = 4096;       // this and the next two: StreamOptions
  uint64_t stream_depth = UINT64_MAX;
  uint64_t stream_waiting_bytes = 0;
  Shedding shedding = Shedding::kOn;
  LoopHook on_loop;  // may be empty
};

// Everything the engine counts, at one moment. Taken over a running engine it may be a burst apart.
struct EngineCounters {
  uint64_t received = 0;  // handed out by the ports
  uint64_t missed = 0;    // lost before them: NIC, kernel, full ring
  uint64_t no_mbuf = 0;
  uint64_t port_errors = 0;
  uint64_t port_downs = 0, ports_reattached = 0;  // ports that went down or vanished; that are back after vanishing
  uint64_t ring_full = 0;                         // distributor to worker, or worker to worker; live only
  uint64_t duplicates = 0;                        // packets that came again; see DuplicateFilter
  uint64_t duplicates_dropped = 0;                // of these, on ports that drop them
  uint64_t handed_over = 0;                       // by the worker that read it to the one that owns its flow
  uint64_t processed = 0;
  uint64_t quiet = 0;  // of these; see CoreCounters
  std::array<uint64_t, static_cast<size_t>(DecodeResult::kCount)> decode{};
  std::array<uint64_t, kAnomalyNames.size()> anomalies{};  // packets that showed each
  uint64_t datagrams = 0;                                  // put together from fragments
  uint64_t datagrams_lost = 0;                             // likewise, but no buffer was left for them
  uint64_t bad_checksum = 0, bytes = 0, flows = 0, flows_evicted = 0;
  uint64_t flows_one_way = 0;  // TCP flows that ended and had one direction only: has a tap lost a leg?
  uint64_t violations = 0, step_hits = 0, events_shed = 0, streams_refused = 0, streams_reopened = 0;
  uint64_t records_shed = 0, scans_shed = 0, streams_shed = 0, elephants_shed = 0;  // see CoreCounters
  uint64_t rules_left_out = 0, rules_unremembered = 0;                              // likewise
  uint64_t stream_gaps = 0, stream_out_of_window = 0, stream_waited = 0;            // likewise
  uint64_t stream_lost_bytes = 0, stream_conflicts = 0, readings_refused = 0;       // likewise
  uint64_t carriers_refused = 0, depth_reached = 0;                                 // likewise
  uint64_t findings_refused = 0;                // of fragments; see FragmentTellerCounters
  uint64_t late_hits = 0, paths_truncated = 0;  // of abuse paths; see CorrelatorCounters, PathCounters
  uint64_t hurried_hits = 0, orphaned_hits = 0, tellings_forgotten = 0;  // likewise
  uint64_t candidates_capped = 0;                                        // see ScanCounters
  uint64_t older_packets = 0;
  int64_t longest_gap_ns = 0;

  [[nodiscard]] uint64_t dropped() const;  // by decode
  // Packets that the sensor should have seen and has not looked at.
  [[nodiscard]] uint64_t lost() const { return missed + no_mbuf + ring_full + datagrams_lost; }
  // received = processed + every named loss. Holds when the engine stands still.
  [[nodiscard]] bool balanced() const { return received == processed + dropped() + ring_full + duplicates_dropped; }
};

// Of the worker that gives up most.
struct EngineLoad {
  ShedState shed;
  WorkerId worker;
};

// What one swap cost; as v1::SwapReport.
struct Swap {
  std::string previous_digest;
  GenerationId generation;
  EngineCounters before, after;
  int64_t longest_pause_ns = 0;
  int64_t swap_ns = 0;
};

// Who hears what the engine finds, in order (a replay: total order; live: as it comes, paths in their
// own order). Called by the correlator's thread alone; `generation` is the one that is named.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event, const Generation& generation) = 0;
  virtual void on_path(const PathAlert& alert, const Generation& generation) = 0;
  // The correlator rests: what was told may be flushed.
  virtual void on_pause() {}
  virtual void on_end() {}
};

// Ports -> workers -> events, under one policy that can be swapped while packets come.
// Live, a port has one queue, or as many as there are workers: then every worker reads queues of its own, and
// what has one queue is read by worker 0. In a replay ports have one queue.
// Owns workers, distributor, rings, streams, the policy slot and the correlator's thread; borrows ports and sink, which
// must outlive it. EAL must be running with lcores_for(workers, queues) lcores.
// Threads: start, swap, stop, wait by one control thread; counters and load by any.
class Engine {
 public:
  // Memory for tables and rings is taken here. Fails without memory or lcores, or when a port's queues would not all
  // be read, naming it.
  [[nodiscard]] static Expected<std::unique_ptr<Engine>> make(const EngineOptions& options, std::vector<RxPort*> ports,
                                                              EventSink& sink);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Starts every lcore under `first`, which must not be null.
  // Fails when there is no memory for its streams.
  [[nodiscard]] Expected<void> start(std::shared_ptr<const Generation> first);
  // Makes the streams that `next` needs; slow, nothing in use changes. Part of warming.
  [[nodiscard]] Expected<void> warm(const Generation& next);
  // Puts `next`, which must be warm, in use; returns when every worker has finished a burst on it.
  // Never pauses a worker.
  Swap swap(std::shared_ptr<const Generation> next);
  // EngineCounters::longest_gap_ns is measured anew from here, as at every swap.
  void forget_longest_gap();
  // Whether the input has come to its end and every event is told (captures only).
  [[nodiscard]] bool finished() const { return drained_.load(std::memory_order_acquire); }
  // Waits for the end of input, for the workers and for the drain.
  void wait();
  // Stops reading, drains what is under way, waits.
  void stop();

  [[nodiscard]] std::shared_ptr<const Generation> current() const;
  [[nodiscard]] EngineCounters counters() const;
  // Now. A level is left after a second of event time at the earliest, so who looks several times a second misses none
  // unless the wall clock jumps.
  [[nodiscard]] EngineLoad load() const;

 private:
  Engine(const EngineOptions& options, std::vector<RxPort*> ports, EventSink& sink);
  class Outlet;  // correlator -> sink, with the generation found
  Expected<void> make_inputs(Reading reading, MbufStampField stamp);
  Expected<void> make_joiners();
  void make_event_rings(Reading reading);
  void make_workers(MbufStampField stamp);
  void make_distributor(MbufStampField stamp);
  void make_correlator();
  void add_ports(EngineCounters& out) const;
  void add_joiners(EngineCounters& out) const;
  void launch(std::function<void()> loop, unsigned lcore);
  void correlate();
  void publish_correlator();
  void offer_streams();
  void free_streams();

  const EngineOptions options_;
  const std::vector<RxPort*> ports_;
  EventSink& sink_;
  std::unique_ptr<PolicySlot> slot_;
  std::vector<RingPointer> rings_;                // distributor to worker
  std::unique_ptr<HandOverRings> between_;        // worker to worker
  std::vector<std::unique_ptr<Reader>> readers_;  // one, or one for each worker
  std::unique_ptr<MbufPool> large_datagrams_;
  std::vector<std::unique_ptr<FragmentJoiner>> joiners_;  // by reader
  std::vector<std::unique_ptr<HandOver>> hand_overs_;
  std::vector<WorkerInput> inputs_;                       // by worker
  std::vector<std::unique_ptr<SpscRing<Event>>> events_;  // by worker, then the distributor's
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Distributor> distributor_;
  std::vector<std::unique_ptr<ScanStreams>> streams_;  // of all workers, in use or offered
  std::deque<std::function<void()>> loops_;            // what the lcores run
  std::atomic<size_t> loops_over_{0};                  // of them, released by each as its last
  std::unique_ptr<Outlet> outlet_;
  std::unique_ptr<Correlator> correlator_;
  std::thread correlator_thread_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> drained_{false};
  std::atomic<uint64_t> late_hits_{0}, paths_truncated_{0};  // the correlator's, for counters()
  std::atomic<uint64_t> hurried_hits_{0}, orphaned_hits_{0}, tellings_forgotten_{0};  // likewise
  bool running_ = false;
  std::shared_ptr<const Generation> current_;
  std::vector<std::unique_ptr<ScanStreams>> warm_;  // offered at the next swap, by worker
};

}  // namespace glacis
