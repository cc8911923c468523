#include "dataplane/path/correlator.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace glacis {
namespace {

constexpr Nanos kEnd{INT64_MAX};

bool same_happening(const Event& a, const Event& b) {
  return a.time == b.time && a.ordinal == b.ordinal && a.flow.id == b.flow.id && a.generation == b.generation;
}

bool earlier(const Event& a, Nanos time, Ordinal ordinal) {
  return std::tie(a.time, a.ordinal) < std::tie(time, ordinal);
}

}  // namespace

Correlator::Correlator(std::vector<WorkerFeed> feeds, EventOrder order, size_t queue_events, const PathCatalog& catalog,
                       CorrelatorSink& sink)
    : feeds_(std::move(feeds)), order_(order), catalog_(catalog), sink_(sink), queue_(queue_events) {}

// Read before the rings: whatever is earlier than this has been pushed by then.
Nanos Correlator::due() const {
  Nanos least = kEnd, most{INT64_MIN};
  for (const WorkerFeed& feed : feeds_) {
    const Nanos told = feed.told_to->load(std::memory_order_acquire);
    least = std::min(least, told);
    if (told != kEnd) most = std::max(most, told);  // a worker that has ended is no measure of the time
  }
  if (order_ == EventOrder::kTotal || most.value < kLateness.value) return least;
  return std::max(least, most - kLateness);
}

size_t Correlator::poll() {
  see_fence();
  const Nanos before = due();
  size_t taken = 0;
  for (WorkerFeed& feed : feeds_) taken += drain(feed);
  hand_on(before);
  pass_fence();
  return taken;
}

void Correlator::finish() {
  see_fence();
  for (WorkerFeed& feed : feeds_) drain(feed);
  hand_on(kEnd);
  while (!queue_.empty()) hand_on_one();
  settle();
  pass_fence();
}

// Up to what stood in the ring at the start, so that a fast worker cannot keep the others waiting.
size_t Correlator::drain(WorkerFeed& feed) {
  const uint64_t end = feed.ring->pushed();
  size_t taken = 0;
  while (feed.ring->popped() < end) {
    const Event* const event = feed.ring->front();
    if (event == nullptr) break;
    ++taken;
    take(*event);
    feed.ring->release();
  }
  counters_.events += taken;
  return taken;
}

void Correlator::take(const Event& event) {
  if (order_ == EventOrder::kArrival) {
    if (event.kind != EventKind::kStepHit) return sink_.on_event(event);
    if (earlier(event, matched_time_, matched_ordinal_)) {
      ++counters_.late_hits;
      return;
    }
    if (queue_.full()) {
      ++counters_.hurried_hits;
      hand_on_one();
    }
  }
  queue_.push(event);
  counters_.longest_queue = std::max<uint64_t>(counters_.longest_queue, queue_.size());
}

void Correlator::hand_on(Nanos before) {
  while (!queue_.empty() && queue_.earliest().time < before) hand_on_one();
  // Its other hits have the same time, so they were due with it.
  settle();
}

void Correlator::hand_on_one() {
  const Event& event = queue_.earliest();
  if (!happening_.empty() && !same_happening(happening_.front(), event)) settle();
  if (event.kind == EventKind::kStepHit) {
    happening_.push_back(event);
  } else {
    settle();
    sink_.on_event(event);
  }
  queue_.pop();
}

void Correlator::settle() {
  if (happening_.empty()) return;
  const Event& first = happening_.front();
  matched_time_ = first.time;
  matched_ordinal_ = first.ordinal;
  if (!matcher_.admitted(first.generation)) {
    if (const auto table = catalog_.paths_of(first.generation)) {
      matcher_.admit(first.generation, *table->program, table->rules);
    }
  }
  if (matcher_.admitted(first.generation)) {
    matcher_.accept(happening_, [this](const PathAlert& alert) { sink_.on_path(alert); });
  } else {
    counters_.orphaned_hits += happening_.size();
  }
  happening_.clear();
}

void Correlator::see_fence() {
  const GenerationId oldest(fence_.load(std::memory_order_acquire));
  if (passing_ || oldest <= passed_) return;
  passing_ = Fence{oldest, {}};
  for (const WorkerFeed& feed : feeds_) passing_->marks.push_back(feed.ring->pushed());
}

void Correlator::pass_fence() {
  if (!passing_) return;
  for (size_t i = 0; i < feeds_.size(); ++i) {
    if (feeds_[i].ring->popped() < passing_->marks[i]) return;
  }
  if (queue_.holds_before(passing_->oldest)) return;
  passed_ = passing_->oldest;
  passing_.reset();
  // Paths that the newer generation shares take their progress along only if it is admitted first.
  if (const auto table = catalog_.paths_of(passed_); table && !matcher_.admitted(passed_)) {
    matcher_.admit(passed_, *table->program, table->rules);
  }
  matcher_.release_before(passed_);
  sink_.on_passed(passed_);
}

}  // namespace glacis
