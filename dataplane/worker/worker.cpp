#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_ring.h>

#include <algorithm>
#include <limits>

#include "dataplane/worker/offline_sleep.h"

namespace glacis {
namespace {

constexpr uint32_t kPauseAfter = 16;
constexpr Nanos kRunOnStep = seconds(60);

}  // namespace

Worker::Worker(const WorkerOptions& options, PolicySlot& slot, SpscRing<Event>& events, const WorkerInput& input,
               MbufStampField stamp, const std::atomic<bool>& stop)
    : options_(options),
      slot_(slot),
      ring_(input.ring),
      reader_(input.reader),
      hand_over_(input.hand_over),
      stamp_(stamp),
      stop_(stop),
      pipeline_(options.pipeline, events, counters_),
      ns_per_tick_(1e9 / static_cast<double>(rte_get_tsc_hz())) {}

void Worker::run() {
  slot_.online(options_.id);
  last_poll_ = rte_rdtsc();
  for (;;) {
    const uint64_t now = rte_rdtsc();
    if (measure_anew_.load(std::memory_order_relaxed)) {
      measure_anew_.store(false, std::memory_order_relaxed);
      counters_.longest_gap_ns.set(0);
    }
    counters_.longest_gap_ns.set_max(static_cast<uint64_t>(static_cast<double>(now - last_poll_) * ns_per_tick_));
    last_poll_ = now;
    const Generation& generation = *slot_.current();
    const Taken taken = take(generation);
    shed_load(taken);
    if (rx_.burst.count != 0) {
      pipeline_.process(rx_.burst, rx_.link, generation);
      free_burst();
    }
    if (taken.clock.value != 0) pipeline_.advance(taken.clock, generation);
    signals_.watermark.store(pipeline_.told_to(), std::memory_order_release);
    slot_.quiescent(options_.id);
    if (taken.last) return finish(taken.clock);
    if (rx_.burst.count == 0) {
      rest();
    } else {
      empty_polls_ = 0;
    }
  }
}

void Worker::shed_load(const Taken& taken) {
  if (options_.mode == RunMode::kReplay || options_.shedding == Shedding::kOff) return;
  shed_.poll(taken.input_percent, taken.clock);
  signals_.shed.store(shed_.state(), std::memory_order_relaxed);
  pipeline_.shed(shed_.level());
}

Worker::Taken Worker::take(const Generation& generation) {
  if (ring_ != nullptr) return take_from_ring();
  return hand_over_ != nullptr ? take_from_queues(generation) : take_from_ports();
}

Worker::Taken Worker::take_from_ring() {
  // In this order: a clock read first covers only what is in the ring already.
  const bool done = signals_.input_done.load(std::memory_order_acquire);
  const Nanos clock(signals_.clock.load(std::memory_order_acquire));
  Burst& burst = rx_.burst;
  unsigned left = 0;
  burst.count = static_cast<uint16_t>(
      rte_ring_sc_dequeue_burst(ring_, reinterpret_cast<void**>(burst.mbuf.data()), options_.burst, &left));
  burst.clock = clock;
  if (burst.count == 0) return {clock, done, 0};
  fill_columns(rx_, stamp_);
  const bool more = burst.count == options_.burst;
  const auto percent = static_cast<uint8_t>((burst.count + left) * 100 / rte_ring_get_capacity(ring_));
  return {more ? std::min(clock, burst.time[burst.count - 1]) : clock, false, percent};
}

Worker::Taken Worker::take_from_ports() {
  const bool last = stop_.load(std::memory_order_relaxed) || reader_->at_end();
  rx_.burst.count = 0;
  if (!last) reader_->read(rx_, options_.burst);
  return {reader_->clock(), last, reader_->input_percent()};
}

// What others hand over and what is read here take turns, so that neither waits for the other's end.
Worker::Taken Worker::take_from_queues(const Generation& generation) {
  const bool stopping = stop_.load(std::memory_order_relaxed);
  if (stopping) hand_over_->leave();
  // Asked before the rings are: what was given before a worker left is found in them.
  const bool all_left = stopping && hand_over_->all_left();
  others_first_ = stopping || !others_first_;
  rx_.burst.count = 0;
  bool taken = others_first_ && take_over(generation);
  if (rx_.burst.count == 0 && !stopping) read_own_queues(generation);
  if (rx_.burst.count == 0 && !others_first_) taken = take_over(generation);
  if (taken) empty_polls_ = 0;  // also when all of it were fragments that wait
  hand_over_->advance(reader_->clock(), generation);
  const uint8_t percent = std::max(reader_->input_percent(), hand_over_->fill_percent());
  return {reader_->clock(), all_left && !taken, percent};
}

void Worker::read_own_queues(const Generation& generation) {
  reader_->read(rx_, options_.burst);
  if (rx_.burst.count == 0) return;
  empty_polls_ = 0;  // also when others own all of it
  hand_over_->keep_own(rx_, generation);
}

// Whether there was something.
bool Worker::take_over(const Generation& generation) {
  hand_over_->take(rx_, options_.burst);
  if (rx_.burst.count == 0) return false;
  reader_->take_over(rx_);
  hand_over_->join_fragments(rx_, generation);
  return true;
}

// A place is empty where a fragment was taken.
void Worker::free_burst() { rte_pktmbuf_free_bulk(rx_.burst.mbuf.data(), rx_.burst.count); }

void Worker::rest() {
  ++empty_polls_;
  if (options_.poll == PollStyle::kBusy || empty_polls_ < kPauseAfter) return rte_pause();
  if (empty_polls_ < kSleepAfter) {
    for (int i = 0; i < 32; ++i) rte_pause();
    return;
  }
  sleep_offline(slot_, options_.id);
  counters_.sleeps.add(1);
}

void Worker::finish(Nanos clock) {
  slot_.online(options_.id);
  const Generation& generation = *slot_.current();
  if (hand_over_ != nullptr) hand_over_->finish(generation);
  // A capture's clock runs on, so that what is unanswered or idle at its end is told as such.
  if (options_.mode == RunMode::kReplay && clock.value != 0) {
    const Nanos end = clock + pipeline_.longest_timeout() + seconds(1);
    while (clock < end) {
      clock = std::min(end, clock + kRunOnStep);
      pipeline_.advance(clock, generation);
      signals_.watermark.store(pipeline_.told_to(), std::memory_order_release);
    }
  }
  pipeline_.shed(ShedLevel::kNothing);  // nothing comes that would need the room
  signals_.shed.store({}, std::memory_order_relaxed);
  pipeline_.shut_down(clock, generation);
  signals_.watermark.store(Nanos(std::numeric_limits<int64_t>::max()), std::memory_order_release);
  slot_.offline(options_.id);
  signals_.finished.store(true, std::memory_order_release);
}

}  // namespace glacis
