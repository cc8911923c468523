#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace glacis::control {

// What one choice covers, of elements numbered from 0, and how much of them.
struct CoverSet {
  std::vector<size_t> covers;
  size_t weight = 0;
};

// Up to so many sets that cover anything the answer is the best one; beyond, the greedy one, which takes at most
// ln(elements) + 1 times as many sets as the best (Chvatal 1979).
inline constexpr size_t kExactSets = 12;

// The fewest sets that together cover all that the sets can cover; of those the heaviest, then the first ones. Indexes,
// ascending.
[[nodiscard]] std::vector<size_t> smallest_cover(std::span<const CoverSet> sets);

}  // namespace glacis::control
