#include "dataplane/zone/ends_index.h"

#include <gtest/gtest.h>

#include <random>

namespace glacis {
namespace {

// Rules of random ends, and which of them a walk over all of them finds.
struct RandomEnds {
  RandomEnds(size_t rules, size_t places, uint32_t seed) : index(rules, places) {
    std::mt19937 random(seed);
    for (size_t i = 0; i < rules; ++i) {
      ends.emplace_back(PlaceSet(places), PlaceSet(places));
      // Some rules have every place at one end, as "to all" has.
      const bool wide = random() % 8 == 0;
      for (uint32_t p = 0; p < places; ++p) {
        if (random() % 12 == 0) ends[i].first.add(PlaceId(p));
        if (wide || random() % 12 == 0) ends[i].second.add(PlaceId(p));
      }
      index.add(i, ends[i].first, ends[i].second);
    }
  }
  [[nodiscard]] std::vector<size_t> walked(PlaceId from, PlaceId to) const {
    std::vector<size_t> out;
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].first.contains(from) && ends[i].second.contains(to)) out.push_back(i);
    }
    return out;
  }
  [[nodiscard]] std::vector<size_t> found(PlaceId from, PlaceId to) const {
    std::vector<size_t> out;
    EXPECT_FALSE(index.any(from, to, [&](size_t rule) {
      out.push_back(rule);
      return false;
    }));
    return out;
  }
  std::vector<std::pair<PlaceSet, PlaceSet>> ends;
  EndsIndex index;
};

// 9,000 rules take 141 words, more than a row's first word has bits.
TEST(EndsIndex, FindsInOrderWhatAWalkOverAllRulesFinds) {
  constexpr uint32_t kPlaces = 24;
  for (const size_t rules : {1, 64, 65, 700, 4096, 4097, 9000}) {
    const RandomEnds random(rules, kPlaces, static_cast<uint32_t>(rules));
    size_t hits = 0;
    for (uint32_t from = 0; from < kPlaces; ++from) {
      for (uint32_t to = 0; to < kPlaces; ++to) {
        const auto walked = random.walked(PlaceId(from), PlaceId(to));
        ASSERT_EQ(random.found(PlaceId(from), PlaceId(to)), walked) << rules << " rules, " << from << " to " << to;
        hits += walked.size();
      }
    }
    EXPECT_GT(hits, rules / 2) << "of " << rules << " rules";
  }
}

TEST(EndsIndex, StopsAtTheFirstThatIsWanted) {
  const RandomEnds random(700, 4, 3);
  size_t asked = 0;
  EXPECT_TRUE(random.index.any(PlaceId(1), PlaceId(2), [&](size_t) { return ++asked == 2; }));
  EXPECT_EQ(asked, 2u);
}

TEST(EndsIndex, OfNoRulesFindsNone) {
  EXPECT_FALSE(EndsIndex().any(PlaceId(0), PlaceId(0), [](size_t) { return true; }));
  EXPECT_FALSE(EndsIndex(0, 5).any(PlaceId(4), PlaceId(4), [](size_t) { return true; }));
}

TEST(EndsIndex, PlacesThatTheTableDoesNotHaveAreLeftOut) {
  EndsIndex index(1, 2);
  PlaceSet wide(200);
  wide.add(PlaceId(1));
  wide.add(PlaceId(199));
  index.add(0, wide, wide);
  EXPECT_TRUE(index.any(PlaceId(1), PlaceId(1), [](size_t) { return true; }));
  EXPECT_FALSE(index.any(PlaceId(0), PlaceId(1), [](size_t) { return true; }));
}

}  // namespace
}  // namespace glacis
