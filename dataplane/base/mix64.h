#pragma once

#include <cstdint>

namespace glacis {

// Every bit of `x` moves about half of the result's (the finalizer of SplitMix64: Steele, Lea, Flood 2014). A
// bijection; no secret in it. Thread: any.
[[nodiscard]] constexpr uint64_t mix64(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}
inline constexpr uint64_t kGolden64 = 0x9e3779b97f4a7c15u;  // 2^64 / the golden ratio, odd

}  // namespace glacis
