#include "control/analysis/smallest_cover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

namespace glacis::control {
namespace {

std::set<size_t> covered(const std::vector<CoverSet>& sets, const std::vector<size_t>& chosen) {
  std::set<size_t> out;
  for (const size_t i : chosen) out.insert(sets[i].covers.begin(), sets[i].covers.end());
  return out;
}

// Each set is taken or left, one after the other; the best is what `smallest_cover` promises.
struct Plain {
  const std::vector<CoverSet>& sets;
  const size_t all;
  std::vector<size_t> best;
  bool found = false;

  [[nodiscard]] size_t weight(const std::vector<size_t>& chosen) const {
    size_t out = 0;
    for (const size_t i : chosen) out += sets[i].weight;
    return out;
  }

  void search(size_t next, std::vector<size_t>& chosen) {
    if (next == sets.size()) {
      if (covered(sets, chosen).size() != all) return;
      const auto key = [&](const std::vector<size_t>& c) { return std::tuple(c.size(), SIZE_MAX - weight(c), c); };
      if (!found || key(chosen) < key(best)) best = chosen;
      found = true;
      return;
    }
    search(next + 1, chosen);
    if (sets[next].covers.empty()) return;
    chosen.push_back(next);
    search(next + 1, chosen);
    chosen.pop_back();
  }
};

std::vector<CoverSet> random_sets(std::mt19937& random, size_t most_sets, size_t most_elements) {
  std::vector<CoverSet> out(random() % (most_sets + 1));
  const size_t elements = 1 + random() % most_elements;
  for (CoverSet& set : out) {
    const size_t density = 1 + random() % 4;
    for (size_t element = 0; element < elements; ++element) {
      if (random() % (density + 1) == 0) set.covers.push_back(element);
    }
    set.weight = random() % 5;
  }
  return out;
}

TEST(SmallestCover, IsWhatTryingEveryChoiceFinds) {
  std::mt19937 random(20261126);
  for (int round = 0; round < 400; ++round) {
    const std::vector<CoverSet> sets = random_sets(random, 10, 12);
    std::vector<size_t> everything(sets.size());
    for (size_t i = 0; i < sets.size(); ++i) everything[i] = i;
    Plain plain{sets, covered(sets, everything).size(), {}};
    std::vector<size_t> chosen;
    plain.search(0, chosen);
    EXPECT_EQ(smallest_cover(sets), plain.best) << "round " << round;
  }
}

TEST(SmallestCover, GreedyAnswerCoversAllWithoutASetThatAddsNothing) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<CoverSet> sets = random_sets(random, 40, 60);
    sets.resize(kExactSets + 1 + sets.size(), CoverSet{{0}, 1});
    std::vector<size_t> everything(sets.size());
    for (size_t i = 0; i < sets.size(); ++i) everything[i] = i;
    const std::vector<size_t> chosen = smallest_cover(sets);
    EXPECT_EQ(covered(sets, chosen), covered(sets, everything)) << "round " << round;
    EXPECT_LE(chosen.size(), covered(sets, everything).size());
    EXPECT_TRUE(std::ranges::is_sorted(chosen));
  }
}

TEST(SmallestCover, NothingToCoverNeedsNothing) {
  EXPECT_TRUE(smallest_cover({}).empty());
  EXPECT_TRUE(smallest_cover(std::vector<CoverSet>(3)).empty());
}

}  // namespace
}  // namespace glacis::control
