#include "dataplane/base/stretches.h"

#include <gmock/gmock.h>

#include <random>

namespace glacis {
namespace {

using testing::ElementsAre;

constexpr Nanos kHour = Stretches::kLongestPause;

TEST(Stretches, APauseOfAnHourIsInAndALongerOneIsNot) {
  Stretches seen;
  seen.add(seconds(100));
  seen.add(seconds(100) + kHour);
  seen.add(seconds(101) + kHour + kHour);
  EXPECT_THAT(seen.all(), ElementsAre(Stretch{seconds(100), seconds(100) + kHour},
                                      Stretch{seconds(101) + kHour + kHour, seconds(101) + kHour + kHour}));
}

TEST(Stretches, OrderDoesNotMatter) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Stretch> spans;
    for (int i = 0; i < 30; ++i) {
      const Nanos first = seconds(static_cast<int64_t>(random() % 400'000));
      spans.push_back({first, first + seconds(static_cast<int64_t>(random() % 2'000))});
    }
    Stretches shuffled;
    for (const Stretch& span : spans) shuffled.add(span);
    EXPECT_EQ(shuffled.all(), joined_stretches(spans, kHour)) << "round " << round;
  }
}

TEST(Stretches, BeyondTheMostTimesAreLeftOutAndCounted) {
  Stretches seen;
  for (size_t i = 0; i < Stretches::kMost + 3; ++i) seen.add(seconds(static_cast<int64_t>(i) * 7'300));
  EXPECT_EQ(seen.all().size(), Stretches::kMost);
  EXPECT_EQ(seen.left_out(), 3U);
  seen.add(seconds(10));
  EXPECT_EQ(seen.left_out(), 3U) << "near one that is kept";
}

TEST(JoinedStretches, OverlapsAreOneAndGapsStay) {
  EXPECT_THAT(
      joined_stretches({{seconds(5), seconds(9)}, {seconds(1), seconds(2)}, {seconds(8), seconds(12)}}, Nanos(0)),
      ElementsAre(Stretch{seconds(1), seconds(2)}, Stretch{seconds(5), seconds(12)}));
}

}  // namespace
}  // namespace glacis
