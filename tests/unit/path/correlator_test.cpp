#include "dataplane/path/correlator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <thread>

#include "tests/unit/path/path_streams.h"

namespace glacis {
namespace {

class Catalog : public PathCatalog {
 public:
  explicit Catalog(PathProgram program) : program_(std::make_shared<const PathProgram>(std::move(program))) {}
  std::optional<PathTable> paths_of(GenerationId generation) const override {
    if (generation < oldest) return std::nullopt;
    return PathTable{program_, {RuleId(7)}};
  }
  GenerationId oldest;

 private:
  std::shared_ptr<const PathProgram> program_;
};

class Sink : public CorrelatorSink {
 public:
  void on_event(const Event& event) override { lines.push_back("event " + place(event)); }
  void on_path(const PathAlert& alert) override { lines.push_back("path " + place(alert.completing)); }
  void on_passed(GenerationId generation) override { passed.push_back(generation); }
  std::vector<std::string> lines;
  std::vector<GenerationId> passed;

 private:
  static std::string place(const Event& e) {
    return std::to_string(e.time.value / 1'000'000'000) + "/" + std::to_string(e.ordinal.value) + " kind " +
           std::to_string(static_cast<int>(e.kind));
  }
};

struct Worker {
  explicit Worker(size_t capacity = 1024) : ring(capacity) {}
  SpscRing<Event> ring;
  std::atomic<Nanos> told_to{Nanos(0)};
  void tell(const Event& e) { ASSERT_TRUE(ring.push(e)); }
  void reach(int64_t s) { told_to.store(seconds(s), std::memory_order_release); }
};

Event judged(int64_t at_s, uint64_t ordinal = 0) {
  Event e = step_hit(0, at_s, 1, 2, ordinal);
  e.kind = EventKind::kJudged;
  return e;
}

class CorrelatorTest : public testing::Test {
 protected:
  Correlator make(EventOrder order, size_t queue = 64) {
    return Correlator({{&a.ring, &a.told_to}, {&b.ring, &b.told_to}}, order, queue, catalog, sink);
  }
  Worker a, b;
  Catalog catalog{PathProgram{{then_path({path_step(1, 0, 1), path_step(2, 1, 2)})}}};
  Sink sink;
};

TEST_F(CorrelatorTest, ReplayHandsOnNothingThatAWorkerMayStillPrecede) {
  Correlator c = make(EventOrder::kTotal);
  a.tell(judged(5));
  a.reach(6);
  b.reach(5);
  c.poll();
  EXPECT_TRUE(sink.lines.empty());
  b.tell(judged(5, 4));
  b.reach(7);
  c.poll();
  EXPECT_EQ(sink.lines, (std::vector<std::string>{"event 5/4 kind 0", "event 5/5 kind 0"}));
}

TEST_F(CorrelatorTest, AChainOverTwoWorkersCompletesInOrderOfTime) {
  Correlator c = make(EventOrder::kTotal);
  a.tell(step_hit(1, 20, 2, 3));  // the second step is told first
  b.tell(step_hit(0, 10, 1, 2));
  a.reach(30);
  b.reach(30);
  c.poll();
  EXPECT_EQ(sink.lines, std::vector<std::string>{"path 20/20 kind 2"});
}

TEST_F(CorrelatorTest, FinishHandsOnWhatIsLeft) {
  Correlator c = make(EventOrder::kTotal);
  a.tell(judged(5));
  c.finish();
  EXPECT_EQ(sink.lines.size(), 1u);
}

TEST_F(CorrelatorTest, LiveHandsOnViolationsAtOnceAndOrdersHits) {
  Correlator c = make(EventOrder::kArrival);
  a.tell(judged(20));
  a.tell(step_hit(1, 20, 2, 3));
  c.poll();
  EXPECT_EQ(sink.lines, std::vector<std::string>{"event 20/20 kind 0"});
  b.tell(step_hit(0, 10, 1, 2));
  a.reach(21);
  b.reach(21);
  c.poll();
  EXPECT_EQ(sink.lines.size(), 2u);
}

TEST_F(CorrelatorTest, LivePassesAWorkerThatLagsAndCountsWhatComesLate) {
  Correlator c = make(EventOrder::kArrival);
  a.tell(step_hit(0, 10, 1, 2));
  a.reach(100);
  b.reach(5);
  c.poll();
  EXPECT_EQ(c.paths().counters().hits, 1u);
  b.tell(step_hit(0, 6, 1, 2));
  b.reach(100);
  c.poll();
  EXPECT_EQ(c.counters().late_hits, 1u);
  EXPECT_EQ(c.paths().counters().hits, 1u);
}

TEST_F(CorrelatorTest, AWorkerThatEndedDoesNotMakeTheOthersLate) {
  Correlator c = make(EventOrder::kArrival);
  a.told_to.store(Nanos(INT64_MAX));
  b.reach(5);
  a.tell(step_hit(1, 10, 2, 3));
  c.poll();
  b.tell(step_hit(0, 9, 1, 2));
  b.reach(11);
  c.poll();
  EXPECT_EQ(c.counters().late_hits, 0u);
  EXPECT_EQ(sink.lines.size(), 1u);
}

TEST_F(CorrelatorTest, AFullLiveQueueMatchesTheEarliestHitAtOnce) {
  Correlator c = make(EventOrder::kArrival, 2);
  for (int64_t t = 10; t < 14; ++t) a.tell(step_hit(0, t, 1, 2));
  c.poll();
  EXPECT_EQ(c.counters().hurried_hits, 2u);
  EXPECT_EQ(c.paths().counters().hits, 2u);
}

TEST_F(CorrelatorTest, AReplayQueueGrowsRatherThanLose) {
  Correlator c = make(EventOrder::kTotal, 2);
  for (int64_t t = 50; t > 10; --t) a.tell(judged(t));
  c.poll();
  EXPECT_TRUE(sink.lines.empty());
  c.finish();
  EXPECT_EQ(sink.lines.size(), 40u);
  EXPECT_EQ(sink.lines.front(), "event 11/11 kind 0");
  EXPECT_EQ(c.counters().longest_queue, 40u);
}

TEST_F(CorrelatorTest, AGenerationIsPassedWhenItsLastEventHasLeftTheQueue) {
  Correlator c = make(EventOrder::kTotal);
  a.tell(step_hit(0, 10, 1, 2));
  c.fence(GenerationId(2));
  c.poll();
  EXPECT_TRUE(sink.passed.empty()) << "its hit still waits for worker b";
  a.reach(20);
  b.reach(20);
  c.poll();
  EXPECT_EQ(sink.passed, std::vector{GenerationId(2)});
  c.poll();
  EXPECT_EQ(sink.passed.size(), 1u);
}

TEST_F(CorrelatorTest, ProgressLivesThroughAPassedGeneration) {
  Correlator c = make(EventOrder::kTotal);
  a.tell(step_hit(0, 10, 1, 2));
  a.reach(20);
  b.reach(20);
  c.poll();
  c.fence(GenerationId(2));
  c.poll();
  Event second = step_hit(1, 25, 2, 3);
  second.generation = GenerationId(2);
  a.tell(second);
  c.finish();
  EXPECT_EQ(sink.lines, std::vector<std::string>{"path 25/25 kind 2"});
}

TEST_F(CorrelatorTest, AHitWhoseGenerationIsGoneIsCounted) {
  Correlator c = make(EventOrder::kTotal);
  catalog.oldest = GenerationId(5);
  a.tell(step_hit(0, 10, 1, 2));
  c.finish();
  EXPECT_EQ(c.counters().orphaned_hits, 1u);
}

// The same input spread over 1 to 4 workers that run on threads of their own.
std::vector<std::string> replay(const std::vector<Event>& events, size_t workers, size_t ring, const Catalog& catalog) {
  std::deque<Worker> feeds;
  std::vector<WorkerFeed> list;
  for (size_t i = 0; i < workers; ++i) {
    feeds.emplace_back(ring);
    list.push_back({&feeds.back().ring, &feeds.back().told_to});
  }
  Sink sink;
  Correlator c(list, EventOrder::kTotal, 16, catalog, sink);
  std::atomic<size_t> running{workers};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < workers; ++i) {
    threads.emplace_back([&, i] {
      for (const Event& e : events) {
        if (e.flow.id.value % workers != i) continue;
        feeds[i].told_to.store(e.time, std::memory_order_release);
        while (!feeds[i].ring.push(e)) std::this_thread::yield();
      }
      feeds[i].told_to.store(Nanos(INT64_MAX), std::memory_order_release);
      running.fetch_sub(1);
    });
  }
  while (running.load() != 0) {
    if (c.poll() == 0) std::this_thread::yield();
  }
  for (std::thread& t : threads) t.join();
  c.finish();
  return sink.lines;
}

TEST_F(CorrelatorTest, TheOrderIsTheSameForAnyNumberOfWorkers) {
  std::mt19937_64 random(42);
  std::vector<Event> events;
  int64_t time = 1;
  for (uint64_t ordinal = 1; ordinal <= 3000; ++ordinal) {
    time += static_cast<int64_t>(random() % 2);
    const auto from = static_cast<uint8_t>(random() % 5), to = static_cast<uint8_t>(random() % 5);
    Event e = step_hit(static_cast<uint16_t>(random() % 2), time, from, to, ordinal);
    if (random() % 3 == 0) e.kind = EventKind::kJudged;
    events.push_back(e);
  }
  const auto one = replay(events, 1, 4096, catalog);
  EXPECT_GT(one.size(), 1500u);
  EXPECT_EQ(replay(events, 2, 8, catalog), one);
  EXPECT_EQ(replay(events, 4, 2, catalog), one);
}

}  // namespace
}  // namespace glacis
