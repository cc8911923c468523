#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/worker_threads/thread_watch.h"
#include "tests/unit/worker/engine_fixture.h"

namespace glacis {

// Who reads: one queue is read by the only worker or by a distributor, several by a worker each.
struct Shape {
  PollStyle poll;
  uint16_t workers;
  uint16_t queues = 1;
};

// A port whose queues are filled before the start, each with frames of its own; it can be put down and up.
// Borrows the pool. Threads: as RxPort; set_state by any.
class FilledPort final : public RxPort {
 public:
  FilledPort(const std::vector<std::vector<MemoryFrame>>& by_queue, MbufPool& pool, MbufStampField stamp, PortId id) {
    for (const auto& frames : by_queue) {
      queues_.push_back(
          std::make_unique<MemoryPort>("filled", frames, pool, stamp, id, MemoryPort::AfterLast::kStayUp));
    }
  }
  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override { return queues_[queue]->rx_burst(0, out); }
  RxCounters counters() const override {
    RxCounters out;
    for (const auto& queue : queues_) {
      out.received += queue->counters().received;
      out.errors += queue->counters().errors;
    }
    return out;
  }
  RxState state() const override { return queues_.front()->state(); }
  std::string_view name() const override { return "filled"; }
  uint16_t queues() const override { return static_cast<uint16_t>(queues_.size()); }
  Nanos clock() const override {
    Nanos out;
    for (const auto& queue : queues_) out = std::max(out, queue->clock());
    return out;
  }
  void set_state(RxState state) {
    for (const auto& queue : queues_) queue->set_state(state);
  }

 private:
  std::vector<std::unique_ptr<MemoryPort>> queues_;
};

// Engines with every thread of theirs watched from its first poll to its last.
class WatchedEngine : public EngineTest {
 protected:
  void SetUp() override { thread_watch::forget(); }

  static EngineOptions watched(RunMode mode, Shape shape) {
    EngineOptions options;
    options.mode = mode;
    options.poll = shape.poll;
    options.workers = shape.workers;
    options.flow_slots = 256;
    options.duplicates.by_port.assign(2, Duplicates::kCount);  // the work of a sensor, and nothing is dropped
    options.scanned_flows = 16;
    const auto sleep =
        shape.poll == PollStyle::kAdaptive ? thread_watch::Sleep::kAllowed : thread_watch::Sleep::kForbidden;
    options.on_loop = [sleep](LoopMoment moment) {
      moment == LoopMoment::kBegins ? thread_watch::enter(sleep) : thread_watch::leave();
    };
    return options;
  }
  // A live engine under `policy`, which runs.
  static std::unique_ptr<Engine> started(const EngineOptions& options, std::vector<RxPort*> ports, EventSink& sink,
                                         std::shared_ptr<const Generation> policy) {
    auto engine = Engine::make(options, std::move(ports), sink);
    if (!engine || !(*engine)->start(std::move(policy))) std::abort();
    return std::move(*engine);
  }
  static void wait_until(const std::function<bool()>& done, const char* what) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << what;
      std::this_thread::yield();
    }
  }
  // Every packet that was sent has been looked at or lost.
  static void wait_until_taken(const Engine& engine, uint64_t sent) {
    wait_until(
        [&] {
          const EngineCounters c = engine.counters();
          return c.processed + c.dropped() + c.ring_full >= sent;
        },
        "every packet is taken");
  }
  static void expect_nothing_seen(Shape shape) {
    EXPECT_EQ(thread_watch::entered(), lcores_for(shape.workers, shape.queues))
        << "every thread of the engine is watched";
    EXPECT_EQ(thread_watch::sightings(), "");
  }
};

}  // namespace glacis
