#include "control/store/alert_log.h"

#include <gtest/gtest.h>

#include <future>

#include "control/store/memory_store.h"

namespace glacis::control {
namespace {

AlertRow row(uint64_t sequence) { return {"core-1", "a", sequence, "key", 1, 4, "m", "e", 0, "x"}; }

// Runs what the log committed and waits for its answer.
Expected<void> append(AlertLog& log, std::vector<AlertRow> rows) {
  std::promise<Expected<void>> done;
  log.append(std::move(rows), [&](const Expected<void>& result) { done.set_value(result); });
  return done.get_future().get();
}

struct Fixture {
  MemoryStore store;
  TaskThread writer, reader;
  AlertLog log{store, writer, reader};
};

TEST(AlertLog, AnswersAfterTheRowsAreStored) {
  Fixture f;
  ASSERT_TRUE(append(f.log, {row(1), row(2)}).has_value());
  EXPECT_EQ(f.store.stored(), 2u);
}

TEST(AlertLog, CommitsTogetherWhatCameMeanwhile) {
  Fixture f;
  std::promise<void> blocked, release;
  ASSERT_TRUE(f.writer.post([&] {
    blocked.set_value();
    release.get_future().wait();
  }));
  blocked.get_future().wait();
  int rings = 0;
  f.log.bell().listen([&] { ++rings; });
  std::promise<void> all;
  int answers = 0;
  for (uint64_t i = 1; i <= 3; ++i) {
    f.log.append({row(i)}, [&](const Expected<void>& result) {
      EXPECT_TRUE(result.has_value());
      if (++answers == 3) all.set_value();
    });
  }
  release.set_value();
  all.get_future().wait();
  f.writer.stop();
  EXPECT_EQ(rings, 1);
  EXPECT_EQ(f.store.stored(), 3u);
}

TEST(AlertLog, SaysWhenTheStoreFailedAndGoesOnAfterwards) {
  Fixture f;
  f.store.set_fault(Error{"database or disk is full", "control.db", ""});
  const auto failed = append(f.log, {row(1)});
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().what, "database or disk is full");
  f.store.set_fault(std::nullopt);
  EXPECT_TRUE(append(f.log, {row(1)}).has_value());
  EXPECT_EQ(f.store.stored(), 1u);
}

TEST(AlertLog, RefusesWhenItsThreadHasStopped) {
  Fixture f;
  f.writer.stop();
  EXPECT_FALSE(append(f.log, {row(1)}).has_value());
}

TEST(TaskThread, RefusesBeyondItsCapacity) {
  std::promise<void> blocked, release;  // outlive the thread that uses them
  TaskThread thread(1);
  ASSERT_TRUE(thread.post([&] {
    blocked.set_value();
    release.get_future().wait();
  }));
  blocked.get_future().wait();
  EXPECT_TRUE(thread.post([] {}));
  EXPECT_FALSE(thread.post([] {}));
  release.set_value();
}

}  // namespace
}  // namespace glacis::control
