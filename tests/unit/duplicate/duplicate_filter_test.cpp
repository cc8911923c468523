// What has been seen within the window, beside a list of all that came.
#include "dataplane/duplicate/duplicate_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace glacis {
namespace {

constexpr Nanos kStart = seconds(1'700'000'000);
// Times are kept in coarser units.
constexpr Nanos kUnit{1 << 17};

TEST(DuplicateFilter, FindsWhatCameWithinTheWindowAndNotBefore) {
  DuplicateFilter filter(7);
  EXPECT_FALSE(filter.seen(42, kStart));
  EXPECT_TRUE(filter.seen(42, kStart));
  EXPECT_TRUE(filter.seen(42, kStart + DuplicateFilter::kWindow - kUnit));
  EXPECT_FALSE(filter.seen(42, kStart + DuplicateFilter::kWindow + kUnit));
  EXPECT_TRUE(filter.seen(42, kStart + DuplicateFilter::kWindow + kUnit)) << "remembered anew";
  EXPECT_FALSE(filter.seen(43, kStart));
}

TEST(DuplicateFilter, WhatHasNoFingerprintIsNeverFound) {
  DuplicateFilter filter(7);
  EXPECT_FALSE(filter.seen(0, kStart));
  EXPECT_FALSE(filter.seen(0, kStart));
}

// Whoever sends the same for ever is heard once in each window.
TEST(DuplicateFilter, OfAPacketThatComesEverAgainSomePass) {
  DuplicateFilter filter(7);
  int passed = 0;
  for (int ms = 0; ms < 1000; ++ms) passed += filter.seen(42, kStart + milliseconds(ms)) ? 0 : 1;
  EXPECT_GE(passed, 160);
  EXPECT_LE(passed, 200);
}

// Against a map of everything: at so many packets in a window as it is made for, hardly a line overflows; nothing is
// found that did not come.
TEST(DuplicateFilter, AgreesWithAListOfAllThatCame) {
  std::mt19937_64 random(11);
  DuplicateFilter filter(7, 4096);
  std::map<uint64_t, Nanos> taken;
  std::vector<uint64_t> recent;
  uint64_t duplicates = 0, missed = 0;
  Nanos now = kStart;
  for (int i = 0; i < 400'000; ++i) {
    now = now + Nanos(static_cast<int64_t>(random() % 2'500));  // 4,000 in a window
    const bool again = !recent.empty() && random() % 4 == 0;
    const uint64_t print = again ? recent[random() % recent.size()] : random() | 1;
    if (!again) recent.push_back(print);
    if (recent.size() > 6'000) recent.erase(recent.begin(), recent.begin() + 2'000);
    const auto known = taken.find(print);
    const Nanos age = known == taken.end() ? seconds(1) : now - known->second;
    const bool found = filter.seen(print, now);
    const bool surely = age<DuplicateFilter::kWindow - kUnit, never = age> DuplicateFilter::kWindow + kUnit;
    ASSERT_FALSE(found && never) << "packet " << i;
    duplicates += surely ? 1 : 0;
    missed += surely && !found ? 1 : 0;
    if (!found) taken[print] = now;
  }
  EXPECT_GT(duplicates, 50'000U);
  EXPECT_LT(missed, duplicates / 100);
}

TEST(DuplicateFilter, ItsMemoryIsByTheNumberOfPackets) {
  EXPECT_EQ(DuplicateFilter(1, 65'536).bytes(), size_t{2} << 20);
  EXPECT_LE(DuplicateFilter(1, UINT32_MAX).bytes(), size_t{4} << 20);
}

}  // namespace
}  // namespace glacis
