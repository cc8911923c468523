#include "dataplane/policy/policy_slot.h"

#include <gtest/gtest.h>

#include <thread>

#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

std::shared_ptr<const Generation> generation(uint32_t id) {
  v1::Policy policy;
  policy.set_language(1);
  auto built = build_generation(policy.SerializeAsString(), GenerationId(id), id, nullptr);
  if (!built) std::abort();
  return *built;
}

class PolicySlotTest : public testing::Test {
 protected:
  std::unique_ptr<PolicySlot> slot(uint16_t workers) {
    auto made = PolicySlot::make(workers);
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  static constexpr WorkerId kA{0}, kB{1};
};

TEST_F(PolicySlotTest, WithoutWorkersIsRefused) {
  const auto made = PolicySlot::make(0);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "cannot set up quiescent states for 0 workers");
}

TEST_F(PolicySlotTest, IsEmptyBeforeTheFirstSwap) {
  const auto s = slot(1);
  EXPECT_EQ(s->current(), nullptr);
  EXPECT_EQ(s->held(), 0U);
  EXPECT_EQ(s->find(GenerationId(1)), nullptr);
}

TEST_F(PolicySlotTest, ASwapIsSeenAtOnceAndPassedWhenEveryWorkerHasSaidSo) {
  const auto s = slot(2);
  s->online(kA);
  s->online(kB);
  const auto first = generation(1);
  const uint64_t token = s->swap(first);
  EXPECT_EQ(s->current(), first.get());
  EXPECT_FALSE(s->all_passed(token));
  s->quiescent(kA);
  EXPECT_FALSE(s->all_passed(token));
  s->quiescent(kB);
  EXPECT_TRUE(s->all_passed(token));
}

TEST_F(PolicySlotTest, WorkersThatNeverCameOrSleepAreNotWaitedFor) {
  const auto s = slot(2);
  EXPECT_TRUE(s->all_passed(s->swap(generation(1)))) << "nobody is online yet";
  s->online(kA);
  s->online(kB);
  s->offline(kB);
  const uint64_t token = s->swap(generation(2));
  EXPECT_FALSE(s->all_passed(token));
  s->quiescent(kA);
  EXPECT_TRUE(s->all_passed(token));
}

TEST_F(PolicySlotTest, AWorkerThatFallsAsleepHasPassed) {
  const auto s = slot(1);
  s->online(kA);
  const uint64_t token = s->swap(generation(1));
  EXPECT_FALSE(s->all_passed(token));
  s->offline(kA);
  EXPECT_TRUE(s->all_passed(token));
}

TEST_F(PolicySlotTest, AWorkerThatWakesAfterTheSwapIsOnTheNewGeneration) {
  const auto s = slot(1);
  (void)s->swap(generation(1));
  const uint64_t token = s->swap(generation(2));
  s->online(kA);
  EXPECT_EQ(s->current()->id(), GenerationId(2));
  EXPECT_TRUE(s->all_passed(token));
}

TEST_F(PolicySlotTest, AGenerationLivesUntilWorkersAndCorrelatorHavePassedIt) {
  const auto s = slot(1);
  s->online(kA);
  std::weak_ptr<const Generation> first;
  {
    const auto g = generation(1);
    first = g;
    (void)s->swap(g);
  }
  (void)s->swap(generation(2));
  s->release_before(GenerationId(2));
  EXPECT_FALSE(first.expired()) << "the worker may still read it";
  s->quiescent(kA);
  EXPECT_FALSE(first.expired()) << "only release_before frees";
  s->release_before(GenerationId(1));
  EXPECT_FALSE(first.expired()) << "the correlator still holds events of it";
  EXPECT_NE(s->find(GenerationId(1)), nullptr);
  s->release_before(GenerationId(2));
  EXPECT_TRUE(first.expired());
  EXPECT_EQ(s->find(GenerationId(1)), nullptr);
  EXPECT_EQ(s->held(), 1U);
}

TEST_F(PolicySlotTest, TheCurrentGenerationIsNeverReleased) {
  const auto s = slot(1);
  (void)s->swap(generation(1));
  s->release_before(GenerationId(99));
  ASSERT_NE(s->find(GenerationId(1)), nullptr);
  EXPECT_EQ(s->current()->id(), GenerationId(1));
}

TEST_F(PolicySlotTest, ABusyWorkerHoldsEveryGenerationSinceItsLastWord) {
  const auto s = slot(2);
  s->online(kA);
  s->online(kB);
  for (uint32_t i = 1; i <= 5; ++i) {
    (void)s->swap(generation(i));
    s->quiescent(kA);
  }
  s->release_before(GenerationId(5));
  EXPECT_EQ(s->held(), 5U);
  s->quiescent(kB);
  s->release_before(GenerationId(4));
  EXPECT_EQ(s->held(), 2U);
  s->release_before(GenerationId(5));
  EXPECT_EQ(s->held(), 1U);
}

TEST_F(PolicySlotTest, WhoHasFoundAGenerationKeepsIt) {
  const auto s = slot(1);
  (void)s->swap(generation(1));
  const auto kept = s->find(GenerationId(1));
  (void)s->swap(generation(2));
  s->release_before(GenerationId(2));
  EXPECT_EQ(s->held(), 1U);
  EXPECT_EQ(kept->version(), 1U);
}

// Workers read whatever is current, some of them falling asleep at times, while generations come and go.
// A use after free is what ASan and TSan would see; without them a freed digest reads wrong.
TEST_F(PolicySlotTest, NoWorkerEverReadsAFreedGeneration) {
  constexpr uint16_t kWorkers = 3;
  constexpr uint32_t kSwaps = 300;
  const auto s = slot(kWorkers);
  const std::string digest = generation(1)->digest();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> wrong{0}, backwards{0};
  std::vector<std::atomic<uint64_t>> rounds(kWorkers);
  std::vector<std::thread> workers;
  (void)s->swap(generation(1));
  for (uint16_t w = 0; w < kWorkers; ++w) {
    workers.emplace_back([&, w] {
      uint32_t last = 0;
      s->online(WorkerId(w));
      while (!stop.load(std::memory_order_relaxed)) {
        const Generation* current = s->current();
        for (int i = 0; i < 20; ++i) {
          wrong += current->digest() != digest;
          if (i % 5 == 0) std::this_thread::yield();  // so that swaps and releases come in between
        }
        backwards += current->id().value < last;
        last = current->id().value;
        s->quiescent(WorkerId(w));
        if (++rounds[w] % (8 + w) == 0) {
          s->offline(WorkerId(w));
          std::this_thread::yield();
          s->online(WorkerId(w));
        }
      }
      s->offline(WorkerId(w));
    });
  }
  uint64_t token = 0;
  for (uint32_t i = 2; i <= kSwaps; ++i) {
    token = s->swap(generation(i));
    s->release_before(GenerationId(i));  // the workers may still be on what this lets go
  }
  while (!s->all_passed(token)) std::this_thread::yield();
  for (auto& r : rounds) {
    while (r.load() < 100) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(backwards, 0U);
  s->release_before(GenerationId(kSwaps));
  EXPECT_EQ(s->held(), 1U);
  EXPECT_EQ(s->current()->id(), GenerationId(kSwaps));
}

}  // namespace
}  // namespace glacis
