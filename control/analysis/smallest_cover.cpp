#include "control/analysis/smallest_cover.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <set>

namespace glacis::control {
namespace {

std::set<size_t> covered_by(std::span<const CoverSet> sets, std::span<const size_t> chosen) {
  std::set<size_t> out;
  for (const size_t i : chosen) out.insert(sets[i].covers.begin(), sets[i].covers.end());
  return out;
}

// Every choice of the candidates is tried.
std::vector<size_t> exact(std::span<const CoverSet> sets, std::span<const size_t> candidates, size_t all) {
  std::vector<size_t> best = {candidates.begin(), candidates.end()};
  size_t best_weight = 0;
  for (uint32_t choice = 0; choice < 1u << candidates.size(); ++choice) {
    const auto size = static_cast<size_t>(std::popcount(choice));
    if (size > best.size()) continue;
    std::vector<size_t> chosen;
    size_t weight = 0;
    for (size_t i = 0; i < candidates.size(); ++i) {
      if ((choice >> i & 1) == 0) continue;
      chosen.push_back(candidates[i]);
      weight += sets[candidates[i]].weight;
    }
    const bool better = size < best.size() || weight > best_weight || (weight == best_weight && chosen < best);
    if (!better || covered_by(sets, chosen).size() != all) continue;
    best = std::move(chosen);
    best_weight = weight;
  }
  return best;
}

std::vector<size_t> greedy(std::span<const CoverSet> sets, std::span<const size_t> candidates, size_t all) {
  std::vector<size_t> out;
  std::set<size_t> covered;
  const auto gain = [&](size_t i) {
    return std::ranges::count_if(sets[i].covers, [&](size_t element) { return !covered.contains(element); });
  };
  while (covered.size() < all) {
    const size_t next = *std::ranges::max_element(candidates, [&](size_t a, size_t b) {
      return std::pair(gain(a), sets[a].weight) < std::pair(gain(b), sets[b].weight);
    });
    covered.insert(sets[next].covers.begin(), sets[next].covers.end());
    out.push_back(next);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

std::vector<size_t> smallest_cover(std::span<const CoverSet> sets) {
  std::vector<size_t> candidates;
  for (size_t i = 0; i < sets.size(); ++i) {
    if (!sets[i].covers.empty()) candidates.push_back(i);
  }
  const size_t all = covered_by(sets, candidates).size();
  return candidates.size() <= kExactSets ? exact(sets, candidates, all) : greedy(sets, candidates, all);
}

}  // namespace glacis::control
