#include "sensor/alert/alert_spooler.h"

#include <gtest/gtest.h>

#include <thread>

#include "glacis/v1/alert.pb.h"
#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {
namespace {

class AlertSpoolerTest : public testing::Test {
 protected:
  AlertSpoolerTest() {
    SpoolOptions options;
    options.directory = folder_.path() + "/spool";
    auto opened = Spool::open(options, files_, 1, 1);
    if (!opened) std::abort();
    spool_ = std::move(*opened);
  }
  static v1::Alert alert(uint64_t n) {
    v1::Alert out;
    out.set_key(std::to_string(n));
    return out;
  }
  TemporaryFolder folder_;
  FaultyFiles files_;
  std::unique_ptr<Spool> spool_;
};

TEST_F(AlertSpoolerTest, AFullQueueRefusesCountsAndKeepsWhatItTook) {
  AlertSpooler spooler(*spool_, {}, 3);
  for (uint64_t i = 1; i <= 5; ++i) EXPECT_EQ(spooler.offer(alert(i)), i <= 3);
  EXPECT_EQ(spooler.refused(), 2U);
  spooler.start();
  spooler.stop();
  const SpoolBatch batch = spool_->read(10);
  ASSERT_EQ(batch.records.size(), 3U);
  for (uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(batch.records[i - 1].bytes, alert(i).SerializeAsString());
}

TEST_F(AlertSpoolerTest, WhatWasTakenBeforeAStartThatNeverCameIsSpooled) {
  {
    AlertSpooler spooler(*spool_, {}, 3);
    EXPECT_TRUE(spooler.offer(alert(1)));
  }
  EXPECT_EQ(spool_->counters().held, 1U);
}

TEST_F(AlertSpoolerTest, AfterTheEndOffersAreRefusedAndCounted) {
  AlertSpooler spooler(*spool_, {}, 3);
  spooler.start();
  spooler.stop();
  EXPECT_FALSE(spooler.offer(alert(1)));
  EXPECT_EQ(spooler.refused(), 1U);
  spooler.stop();
}

TEST_F(AlertSpoolerTest, ADiskThatTakesNothingStopsNobody) {
  files_.full = true;
  AlertSpooler spooler(*spool_, {}, 1'000);
  spooler.start();
  for (uint64_t i = 1; i <= 100; ++i) EXPECT_TRUE(spooler.offer(alert(i)));
  spooler.stop();
  EXPECT_EQ(spool_->counters().in_memory, 100U);
  files_.full = false;
}

TEST_F(AlertSpoolerTest, EveryAlertOfSeveralThreadsIsSpooledOrRefused) {
  AlertSpooler spooler(*spool_, {}, 16);
  spooler.start();
  std::atomic<uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (uint64_t i = 0; i < 500; ++i) taken += spooler.offer(alert(i)) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  spooler.stop();
  EXPECT_EQ(taken + spooler.refused(), 2'000U);
  EXPECT_EQ(spool_->counters().held, taken);
}

}  // namespace
}  // namespace glacis::sensor
