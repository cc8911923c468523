#include "sensor/runtime/load_health.h"

#include <gmock/gmock.h>

namespace glacis::sensor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Nanos kNow = seconds(1'800'000'000);  // 2027-01-15T08:00:00Z
constexpr EngineLoad kCalm{};

EngineLoad load(ShedLevel level, uint8_t percent, uint16_t worker = 0) { return {{level, percent}, WorkerId(worker)}; }

EngineCounters lost(uint64_t missed, uint64_t no_mbuf = 0, uint64_t ring_full = 0, uint64_t events = 0) {
  EngineCounters out;
  out.missed = missed;
  out.no_mbuf = no_mbuf;
  out.ring_full = ring_full;
  out.events_shed = events;
  return out;
}

TEST(LoadHealth, ASensorThatKeepsUpHasNoReasonToBeIll) {
  LoadHealth health;
  for (int s = 0; s < 200; ++s) EXPECT_THAT(health.look({}, kCalm, kNow + seconds(s)), IsEmpty());
  EXPECT_THAT(health.reasons(), IsEmpty());
}

TEST(LoadHealth, EachLevelIsSaidInWords) {
  const auto said = [](ShedLevel level) {
    LoadHealth health;
    (void)health.look({}, load(level, 72, 3), kNow);
    return health.reasons();
  };
  const auto line = [](const std::string& what) {
    return ElementsAre("sheds " + what + ": the input of worker 3 is up to 72 % full; since 2027-01-15T08:00:00Z");
  };
  EXPECT_THAT(said(ShedLevel::kElephants), line("the search of large flows"));
  EXPECT_THAT(said(ShedLevel::kNewScans), line("searches that would begin"));
  EXPECT_THAT(said(ShedLevel::kAllScans), line("all searches"));
  EXPECT_THAT(said(ShedLevel::kRecords), line("all searches and flow records"));
}

TEST(LoadHealth, WhatWasShedStaysAReasonForAWhileAndNoLonger) {
  LoadHealth health;
  EXPECT_EQ(health.look({}, load(ShedLevel::kElephants, 55), kNow).size(), 1U);
  EXPECT_THAT(health.look({}, load(ShedLevel::kAllScans, 83, 1), kNow + seconds(1)), IsEmpty()) << "told once";
  EXPECT_THAT(health.look({}, load(ShedLevel::kElephants, 60), kNow + seconds(2)), IsEmpty());
  const Nanos last = kNow + seconds(2);
  EXPECT_THAT(health.look({}, kCalm, last + LoadHealth::kWhile - Nanos(1)), IsEmpty());
  EXPECT_THAT(health.reasons(), ElementsAre("shed all searches: the input of worker 1 was up to 83 % full; since "
                                            "2027-01-15T08:00:00Z, last at 2027-01-15T08:00:02Z"));
  EXPECT_THAT(health.look({}, kCalm, last + LoadHealth::kWhile), ElementsAre("sheds nothing any more"));
  EXPECT_THAT(health.reasons(), IsEmpty());
  // The next time counts from itself.
  (void)health.look({}, load(ShedLevel::kElephants, 51), last + seconds(100));
  EXPECT_THAT(health.reasons(), ElementsAre(HasSubstr("large flows: the input of worker 0 is up to 51 % full; since "
                                                      "2027-01-15T08:01:42Z")));
}

TEST(LoadHealth, EveryLossIsCountedUnderItsNameFromWhereItBegan) {
  LoadHealth health;
  EXPECT_THAT(health.look(lost(5), kCalm, kNow), ElementsAre(HasSubstr("loses 5 packets missed before the sensor")));
  (void)health.look(lost(5), kCalm, kNow + LoadHealth::kWhile);
  ASSERT_THAT(health.reasons(), IsEmpty()) << "it is over";
  const Nanos again = kNow + seconds(120);
  (void)health.look(lost(6), kCalm, again);
  (void)health.look(lost(7, 3, 4, 2), kCalm, again + seconds(1));
  EXPECT_THAT(
      health.reasons(),
      ElementsAre("loses 2 packets missed before the sensor, 3 packets without an mbuf, 4 packets to a worker's "
                  "full ring, 2 events to a full event ring; since 2027-01-15T08:02:00Z, last at "
                  "2027-01-15T08:02:01Z"));
}

TEST(LoadHealth, LossThatGoesOnIsNotOver) {
  LoadHealth health;
  for (uint64_t i = 1; i <= 10; ++i) (void)health.look(lost(i), kCalm, kNow + seconds(static_cast<int64_t>(i) * 50));
  EXPECT_THAT(health.reasons(), ElementsAre(HasSubstr("loses 10 packets")));
  EXPECT_THAT(health.look(lost(10), kCalm, kNow + seconds(560)), ElementsAre("loses nothing any more"));
}

}  // namespace
}  // namespace glacis::sensor
