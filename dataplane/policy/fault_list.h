#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/error.h"

namespace glacis {

// A policy of 64 MiB can hold tens of millions of faults. What is told is enough to mend it, and
// bounded: looking for more ends here.
inline constexpr size_t kMostFaults = 1'000;
[[nodiscard]] inline bool enough(const std::vector<Error>& faults) { return faults.size() >= kMostFaults; }

inline std::string place_in(const std::string& list, int i) { return list + "[" + std::to_string(i) + "]"; }

// `index` must be a position in a list of `size` `what`s.
inline void check_position(uint32_t index, int size, const char* what, const std::string& where,
                           std::vector<Error>& faults) {
  if (index < static_cast<uint32_t>(size)) return;
  faults.push_back({std::string("no ") + what + " " + std::to_string(index), where,
                    "the policy has " + std::to_string(size) + ", counted from 0"});
}

// The same for each of `list`: one fault, at the first that is wrong, says how many are.
template <class List>
[[nodiscard]] bool check_positions(const List& list, int size, const char* what, const std::string& where,
                                   std::vector<Error>& faults) {
  int first = -1, wrong = 0;
  for (int i = 0; i < list.size(); ++i) {
    if (list.Get(i) < static_cast<uint32_t>(size)) continue;
    if (wrong++ == 0) first = i;
  }
  if (wrong == 0) return true;
  check_position(list.Get(first), size, what, place_in(where, first), faults);
  if (wrong > 1) faults.back().hint += "; " + std::to_string(wrong - 1) + " more of this list are wrong";
  return false;
}

}  // namespace glacis
