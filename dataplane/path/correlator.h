#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/alert/event.h"
#include "dataplane/base/spsc_ring.h"
#include "dataplane/path/event_queue.h"
#include "dataplane/path/path_matcher.h"

namespace glacis {

// Where the correlator's output goes. Thread: the correlator's.
class CorrelatorSink {
 public:
  virtual ~CorrelatorSink() = default;
  virtual void on_event(const Event& event) = 0;  // kJudged, kOutcome, kFlowEnd
  virtual void on_path(const PathAlert& alert) = 0;
  // No event of a generation before `generation` is left in here, and none will come.
  virtual void on_passed(GenerationId generation) = 0;
};

// The abuse paths of a generation; asked once for each, when its first step hit is matched.
struct PathTable {
  std::shared_ptr<const PathProgram> program;  // may alias the generation that holds it
  std::vector<RuleId> rules;                   // stable rule id of program->paths[i]
};
class PathCatalog {
 public:
  virtual ~PathCatalog() = default;
  // Nullopt: the generation is gone.
  [[nodiscard]] virtual std::optional<PathTable> paths_of(GenerationId generation) const = 0;
};

// One worker's side: its events, and the time to which it has told all of them. The worker stores
// `told_to` with release after pushing every event of an earlier time; the correlator loads it with
// acquire before it drains the ring. An idle worker must go on moving it;
// one that has ended stores INT64_MAX.
struct WorkerFeed {
  SpscRing<Event>* ring = nullptr;
  const std::atomic<Nanos>* told_to = nullptr;
};

enum class EventOrder : uint8_t {
  kTotal,    // replay: every event by (time, ordinal, kind, rule, step), once all workers are past it
  kArrival,  // live: step hits alone are ordered; all others go on at once
};

struct CorrelatorCounters {
  uint64_t events = 0;         // taken from the rings
  uint64_t late_hits = 0;      // kArrival: came after later ones had been matched; lost to paths
  uint64_t hurried_hits = 0;   // kArrival: matched before their time because the queue was full
  uint64_t orphaned_hits = 0;  // their generation was gone
  uint64_t longest_queue = 0;
};

// Joins the workers' events into one order and follows the abuse paths over them.
// Owns the queue and the matcher; borrows feeds, catalog and sink, which must outlive it. The queue is
// sized at construction. Full in kArrival: the earliest hit is matched at once (counted). In kTotal it
// grows, because nothing may be lost and a worker that waits for room could hold back the time that
// makes room; it holds what the workers are apart, which the distributor's rings bound.
// Thread: its own, but for fence(). Nothing fails.
class Correlator {
 public:
  static constexpr Nanos kLateness = seconds(1);  // kArrival: a worker that lags more is passed

  Correlator(std::vector<WorkerFeed> feeds, EventOrder order, size_t queue_events, const PathCatalog& catalog,
             CorrelatorSink& sink);

  // Takes what the rings hold and hands on what is due. Returns the number of events taken.
  size_t poll();
  // End of input: the workers have stopped. Hands on everything.
  void finish();
  // Every worker has left the generations before `oldest`; on_passed follows when their events are gone.
  // Thread: any. Release: pairs with the acquire in poll(), so that marks are taken after the last push.
  void fence(GenerationId oldest) { fence_.store(oldest.value, std::memory_order_release); }

  [[nodiscard]] const PathMatcher& paths() const { return matcher_; }
  [[nodiscard]] const CorrelatorCounters& counters() const { return counters_; }

 private:
  struct Fence {
    GenerationId oldest;
    std::vector<uint64_t> marks;  // each ring's events when the fence was seen
  };

  [[nodiscard]] Nanos due() const;
  size_t drain(WorkerFeed& feed);
  void take(const Event& event);
  void hand_on(Nanos before);
  void hand_on_one();
  void settle();
  void see_fence();
  void pass_fence();

  std::vector<WorkerFeed> feeds_;
  const EventOrder order_;
  const PathCatalog& catalog_;
  CorrelatorSink& sink_;
  EventQueue queue_;
  PathMatcher matcher_;
  std::vector<Event> happening_;   // step hits of one (time, ordinal) that wait to be matched together
  Nanos matched_time_{INT64_MIN};  // of the happening matched last
  Ordinal matched_ordinal_;
  std::optional<Fence> passing_;
  GenerationId passed_;
  std::atomic<uint32_t> fence_{0};
  CorrelatorCounters counters_;
};

}  // namespace glacis
