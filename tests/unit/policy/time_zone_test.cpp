#include "dataplane/policy/time_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <random>

namespace glacis {
namespace {

int64_t offset_at(const std::vector<int64_t>& pairs, int64_t unix_s) {
  int64_t out = 0;
  for (size_t i = 0; i + 1 < pairs.size() && pairs[i] <= unix_s; i += 2) out = pairs[i + 1];
  return out;
}

// The oracle is glibc's reader of the same database; it reads TZ anew at each tzset().
class TimeZone : public testing::Test {
 protected:
  ~TimeZone() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  static void set_system(const std::string& name) {
    ::setenv("TZ", (":" + name).c_str(), 1);
    ::tzset();
  }
  static int64_t systems_offset(int64_t unix_s) {
    const time_t time = unix_s;
    tm out{};
    ::localtime_r(&time, &out);
    return out.tm_gmtoff;
  }
};

constexpr const char* kZones[] = {"Europe/Berlin",
                                  "Europe/London",
                                  "Europe/Dublin",
                                  "America/New_York",
                                  "America/Sao_Paulo",
                                  "America/St_Johns",
                                  "Asia/Kolkata",
                                  "Asia/Tokyo",
                                  "Asia/Kathmandu",
                                  "Australia/Lord_Howe",
                                  "Africa/Casablanca",
                                  "Africa/Cairo",
                                  "Pacific/Apia",
                                  "Pacific/Kiritimati",
                                  "Antarctica/Troll",
                                  "America/Argentina/Buenos_Aires",
                                  "Etc/GMT+5",
                                  "Etc/UTC",
                                  "EST5EDT"};

TEST_F(TimeZone, GivesTheSystemsOffsetsAtEveryHourOfRandomDaysAndAroundEachTransition) {
  std::mt19937_64 random(1);
  for (const char* name : kZones) {
    const auto pairs = utc_offsets(name);
    ASSERT_TRUE(pairs) << pairs.error().text();
    set_system(name);
    std::vector<int64_t> times;
    for (int i = 0; i < 3'000; ++i)
      times.push_back(static_cast<int64_t>(random() % (68ULL * 365 * 86'400)));  // 1970 to 2037
    for (size_t i = 2; i < pairs->size(); i += 2) {
      for (const int64_t near : {-3601, -1, 0, 1, 3601}) times.push_back((*pairs)[i] + near);
    }
    for (const int64_t t : times) {
      // glibc fills the time before the first transition in another way than RFC 8536 asks for.
      if (t < 0 || t > 2'145'916'800) continue;
      ASSERT_EQ(offset_at(*pairs, t), systems_offset(t)) << name << " at " << t;
    }
  }
}

TEST_F(TimeZone, SummerTimeBeginsToTheSecond) {
  const auto pairs = utc_offsets("Europe/Berlin");
  ASSERT_TRUE(pairs);
  constexpr int64_t kSpring = 1'774'746'000;  // 2026-03-29 01:00 UTC
  EXPECT_EQ(offset_at(*pairs, kSpring - 1), 3600);
  EXPECT_EQ(offset_at(*pairs, kSpring), 7200);
}

TEST_F(TimeZone, UtcHasNoPairs) {
  for (const char* name : {"", "UTC"}) {
    const auto pairs = utc_offsets(name);
    ASSERT_TRUE(pairs);
    EXPECT_TRUE(pairs->empty());
  }
}

TEST_F(TimeZone, RefusesWhatIsNoZoneAndSaysHowNamesLook) {
  const std::string names[] = {"Europe/Glacis", "Europe", ".", "tzdata.zi", "leapseconds", "Europe/Berlin/", "berlin"};
  for (const std::string& name : names) {
    const auto pairs = utc_offsets(name);
    ASSERT_FALSE(pairs) << name;
    EXPECT_THAT(pairs.error().what, testing::HasSubstr("no time zone '" + name)) << name;
    EXPECT_THAT(pairs.error().hint, testing::HasSubstr("Europe/Berlin")) << name;
  }
}

TEST_F(TimeZone, NeverLeavesTheDatabasesFolder) {
  const std::string names[] = {
      "/etc/localtime",         "../zoneinfo/Europe/Berlin", "Europe/../UTC",           "..",      "Europe Berlin",
      std::string("UTC\0x", 5), std::string(65, 'a'),        std::string(1 << 20, 'x'), "\xc3\xa4"};
  for (const std::string& name : names) {
    const auto pairs = utc_offsets(name);
    ASSERT_FALSE(pairs) << name.substr(0, 64);
    EXPECT_THAT(pairs.error().what, testing::StartsWith("not the name of a time zone"));
    EXPECT_LT(pairs.error().what.size(), 128U);
  }
}

}  // namespace
}  // namespace glacis
