#include "dataplane/worker/load_shed.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataplane/port/rx_port.h"
#include "dataplane/worker/input_gauge.h"

namespace glacis {
namespace {

constexpr Nanos kNow = seconds(1'700'000'000);
constexpr ShedLevel kUpwards[] = {ShedLevel::kElephants, ShedLevel::kNewScans, ShedLevel::kAllScans,
                                  ShedLevel::kRecords};

TEST(LoadShed, GivesUpInTheDeclaredOrderAndEachLevelAtItsThreshold) {
  LoadShed shed;
  ShedLevel below = ShedLevel::kNothing;
  for (const ShedLevel level : kUpwards) {
    EXPECT_GT(level, below);
    shed.poll(static_cast<uint8_t>(LoadShed::threshold(level).up - 1), kNow);
    EXPECT_EQ(shed.level(), below);
    shed.poll(LoadShed::threshold(level).up, kNow);
    EXPECT_EQ(shed.level(), level);
    below = level;
  }
  shed.poll(100, kNow);
  EXPECT_EQ(shed.level(), ShedLevel::kRecords) << "nothing beyond: verdicts are kept";
}

TEST(LoadShed, AFullQueueGoesToTheLastLevelAtOnce) {
  LoadShed shed;
  shed.poll(100, kNow);
  EXPECT_EQ(shed.level(), ShedLevel::kRecords);
}

TEST(LoadShed, EachLevelIsLeftAfterASecondBelowItsLowerThresholdAndNotBefore) {
  LoadShed shed;
  shed.poll(100, kNow);
  Nanos now = kNow;
  for (const ShedLevel left :
       {ShedLevel::kRecords, ShedLevel::kAllScans, ShedLevel::kNewScans, ShedLevel::kElephants}) {
    ASSERT_EQ(shed.level(), left);
    const LoadShed::Threshold at = LoadShed::threshold(left);
    EXPECT_LT(at.down, at.up);
    const auto calm = static_cast<uint8_t>(at.down - 1);
    // At its threshold for as long as it likes: that is not calm.
    shed.poll(at.down, now = now + seconds(100));
    shed.poll(calm, now + LoadShed::kCalm - Nanos(1));
    EXPECT_EQ(shed.level(), left);
    shed.poll(calm, now = now + LoadShed::kCalm);
    EXPECT_LT(shed.level(), left);
  }
  EXPECT_EQ(shed.level(), ShedLevel::kNothing);
}

TEST(LoadShed, OneBusyPollBeginsTheCalmSecondAnew) {
  LoadShed shed;
  shed.poll(LoadShed::threshold(ShedLevel::kElephants).up, kNow);
  shed.poll(0, kNow + milliseconds(900));
  shed.poll(LoadShed::threshold(ShedLevel::kElephants).down, kNow + milliseconds(950));
  shed.poll(0, kNow + milliseconds(1900));
  EXPECT_EQ(shed.level(), ShedLevel::kElephants);
  shed.poll(0, kNow + milliseconds(1950));
  EXPECT_EQ(shed.level(), ShedLevel::kNothing);
}

TEST(LoadShed, ThePeakIsOfTheTimeSinceNothingWasGivenUp) {
  LoadShed shed;
  shed.poll(49, kNow);
  EXPECT_EQ(shed.state().peak_percent, 0) << "nothing is given up";
  shed.poll(52, kNow);
  shed.poll(61, kNow);
  shed.poll(30, kNow + milliseconds(1));
  EXPECT_EQ(shed.state().level, ShedLevel::kElephants);
  EXPECT_EQ(shed.state().peak_percent, 61);
  shed.poll(0, kNow + seconds(2));
  EXPECT_EQ(shed.state().level, ShedLevel::kNothing);
  shed.poll(51, kNow + seconds(3));
  EXPECT_EQ(shed.state().peak_percent, 51);
}

// Between the thresholds nothing changes, whichever way it came.
TEST(LoadShed, BetweenTheThresholdsItStays) {
  for (const ShedLevel level : kUpwards) {
    const LoadShed::Threshold at = LoadShed::threshold(level);
    const auto between = static_cast<uint8_t>((at.up + at.down) / 2);
    LoadShed from_below, from_above;
    for (int s = 0; s < 10; ++s) from_below.poll(between, kNow + seconds(s));
    EXPECT_LT(from_below.level(), level);
    from_above.poll(100, kNow);
    for (int s = 0; s < 30; ++s) from_above.poll(between, kNow + seconds(s));
    EXPECT_GE(from_above.level(), level);
  }
}

// Says what it is told to; packets it has none.
class SayingPort final : public RxPort {
 public:
  uint16_t rx_burst(uint16_t, std::span<rte_mbuf*>) override { return 0; }
  std::optional<uint8_t> fill_percent(uint16_t) const override {
    ++asked;
    return says;
  }
  RxCounters counters() const override { return {}; }
  RxState state() const override { return RxState::kUp; }
  std::string_view name() const override { return "saying"; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return Nanos(0); }
  std::optional<uint8_t> says;
  mutable int asked = 0;
};

TEST(InputGauge, BelievesAPortThatCanSayAndAsksItAfterFullBurstsOnly) {
  SayingPort port;
  InputGauge gauge(1);
  port.says = 70;
  gauge.after_burst(0, port, 0, 31, 32);
  EXPECT_EQ(gauge.percent(), 0) << "what was not full is empty now";
  EXPECT_EQ(port.asked, 0);
  gauge.after_burst(0, port, 0, 32, 32);
  EXPECT_EQ(gauge.percent(), 70);
  gauge.after_burst(0, port, 0, 0, 32);
  EXPECT_EQ(gauge.percent(), 0);
}

TEST(InputGauge, TakesARowOfFullBurstsForWhatIsWaiting) {
  const SayingPort port;
  InputGauge gauge(1);
  constexpr uint32_t kBursts = InputGauge::kRowPackets / 32;
  for (uint32_t i = 0; i < kBursts / 2; ++i) gauge.after_burst(0, port, 0, 32, 32);
  EXPECT_EQ(gauge.percent(), 50);
  for (uint32_t i = 0; i < 10 * kBursts; ++i) gauge.after_burst(0, port, 0, 32, 32);
  EXPECT_EQ(gauge.percent(), InputGauge::kMostGuessed);
  EXPECT_LT(InputGauge::kMostGuessed, LoadShed::threshold(ShedLevel::kAllScans).up) << "a guess cuts no search";
  gauge.after_burst(0, port, 0, 1, 32);
  EXPECT_EQ(gauge.percent(), 0);
  gauge.after_burst(0, port, 0, 32, 32);
  EXPECT_EQ(gauge.percent(), 0) << "the row is broken";
}

TEST(InputGauge, IsAsFullAsTheFullestQueue) {
  SayingPort one, other;
  one.says = 20;
  other.says = 60;
  InputGauge gauge(2);
  gauge.after_burst(0, one, 0, 32, 32);
  gauge.after_burst(1, other, 0, 32, 32);
  EXPECT_EQ(gauge.percent(), 60);
  gauge.after_burst(1, other, 0, 3, 32);
  EXPECT_EQ(gauge.percent(), 20);
}

}  // namespace
}  // namespace glacis
