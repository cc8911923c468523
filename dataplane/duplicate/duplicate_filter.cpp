#include "dataplane/duplicate/duplicate_filter.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>

namespace glacis {

DuplicateFilter::DuplicateFilter(uint64_t seed, uint32_t packets)
    : print_(seed), mask_(std::bit_ceil(std::clamp<size_t>(packets, 8, kMostPackets) / 4) - 1), lines_(mask_ + 1) {}

uint32_t DuplicateFilter::Line::with(uint64_t tag) const {
  const auto* const words = reinterpret_cast<const __m256i*>(this);
  const __m256i wanted = _mm256_set1_epi64x(static_cast<int64_t>(tag >> kTagShift));
  const auto same = [&](__m256i four) {
    const __m256i equal = _mm256_cmpeq_epi64(_mm256_srli_epi64(four, kTagShift), wanted);
    return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(equal)));
  };
  return (same(_mm256_load_si256(words)) | same(_mm256_load_si256(words + 1)) << 4) & ((1U << kWays) - 1);
}

bool DuplicateFilter::seen(uint64_t fingerprint, Nanos time) {
  if (fingerprint == 0) return false;
  const auto now = static_cast<uint16_t>(time.value >> kTimeShift);
  const uint64_t tag = fingerprint << kTagShift;
  Line& line = lines_[line_of(fingerprint)];
  for (uint32_t found = line.with(tag); found != 0; found &= found - 1) {
    const auto age = static_cast<uint16_t>(now - line.entry[static_cast<size_t>(std::countr_zero(found))]);
    if (age <= kWindowUnits) return true;
  }
  line.entry[line.oldest] = tag | now;
  line.oldest = line.oldest + 1 == kWays ? 0 : line.oldest + 1;
  return false;
}

}  // namespace glacis
