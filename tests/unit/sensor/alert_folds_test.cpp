#include "sensor/alert/alert_folds.h"

#include <gmock/gmock.h>

namespace glacis::sensor {
namespace {

using testing::ElementsAre;

constexpr int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond;

class AlertFoldsTest : public testing::Test {
 protected:
  void open(const std::string& key, int64_t now_ns, int64_t until_ns) {
    const auto alert = std::make_shared<v1::Alert>();
    alert->set_key(key);
    alert->set_revision(1);
    alert->set_count(1);
    folds_.open(key, alert, now_ns, until_ns);
  }
  bool join(const std::string& key, int64_t now_ns) { return folds_.join(key, now_ns) != nullptr; }

  std::vector<std::string> told_;
  AlertFolds folds_{
      2, [this](const v1::Alert& alert) { told_.push_back(alert.key() + " " + std::to_string(alert.count())); }};
};

TEST_F(AlertFoldsTest, TheFoldThatWouldEndFirstMakesRoomAndTellsItsCount) {
  open("long", 0, 100 * kMinute);
  open("short", 1, 10 * kMinute);
  EXPECT_TRUE(join("short", 2));
  open("new", 3, 50 * kMinute);
  EXPECT_THAT(told_, ElementsAre("short 2"));
  EXPECT_EQ(folds_.evicted(), 1U);
  EXPECT_TRUE(join("long", 4));
  EXPECT_FALSE(join("short", 5));
}

TEST_F(AlertFoldsTest, OfThoseThatEndTogetherTheOldestMakesRoom) {
  open("b", 0, kMinute);
  open("a", 1, kMinute);
  open("c", 2, kMinute);
  EXPECT_TRUE(join("a", 3));
  EXPECT_FALSE(join("b", 3));
}

TEST_F(AlertFoldsTest, AFoldWhoseTimeIsOverEndsByItselfAMinuteLater) {
  open("day", 0, 10 * kMinute);
  EXPECT_TRUE(join("day", 1));
  open("other", 10 * kMinute + 30 * kSecond, 100 * kMinute);
  EXPECT_TRUE(told_.empty()) << "a late event may still belong to it";
  open("third", 12 * kMinute, 100 * kMinute);
  EXPECT_THAT(told_, ElementsAre("day 2"));
  EXPECT_EQ(folds_.evicted(), 0U);
}

TEST_F(AlertFoldsTest, WhatTakesItsPlaceLetsItTellItsCount) {
  open("p", 0, kMinute);
  EXPECT_TRUE(join("p", 1));
  open("p", 2, kMinute);
  EXPECT_THAT(told_, ElementsAre("p 2"));
  folds_.finish();
  EXPECT_THAT(told_, ElementsAre("p 2")) << "the new one has nothing to tell";
}

}  // namespace
}  // namespace glacis::sensor
