#pragma once

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "dataplane/base/huge_array.h"
#include "dataplane/base/ids.h"
#include "dataplane/duplicate/packet_fingerprint.h"

namespace glacis {

// Finds packets that come again within kWindow: a mirror that shows a packet where it comes in and where it goes out.
// Remembers the fingerprints of the packets of a window, in a fixed table of lines of seven; a packet takes the place
// of its line's oldest, so that at more packets in a window than it is made for some duplicates pass. Of a packet that
// comes ever again the first after each window is none. Two packets that are not the same are taken for it with a
// probability of 2^-45 for each packet. Memory is taken and touched at construction; throws std::bad_alloc. Times must
// not run back. Thread: the one that reads.
class DuplicateFilter {
 public:
  static constexpr Nanos kWindow = milliseconds(5);
  // For so many packets in a window, 13 million a second.
  static constexpr uint32_t kPackets = 65'536, kMostPackets = 262'144;

  // `packets`: at most kMostPackets.
  explicit DuplicateFilter(uint64_t seed, uint32_t packets = kPackets);

  [[nodiscard]] uint64_t fingerprint(std::span<const uint8_t> frame, LinkType link) const {
    return print_(frame, link);
  }
  void prefetch(uint64_t fingerprint) const { __builtin_prefetch(&lines_[line_of(fingerprint)], 1); }
  // Whether a packet with this fingerprint came within the window; else remembers it. 0 is never a duplicate.
  [[nodiscard]] bool seen(uint64_t fingerprint, Nanos time);

  [[nodiscard]] size_t bytes() const { return lines_.bytes(); }

 private:
  // Times are kept in units of 2^kTimeShift ns, modulo 2^16 of them: 8.6 s.
  static constexpr int kTimeShift = 17, kTagShift = 16;
  static constexpr uint16_t kWindowUnits = static_cast<uint16_t>(kWindow.value >> kTimeShift);
  static constexpr size_t kWays = 7;

  struct alignas(64) Line {
    std::array<uint64_t, kWays> entry{};  // 48 bits of the fingerprint above 16 of the time; 0: none
    uint64_t oldest = 0;

    // Those with this tag, by bits.
    [[nodiscard]] uint32_t with(uint64_t tag) const;
  };
  // By bits that are no part of the tag.
  [[nodiscard]] size_t line_of(uint64_t fingerprint) const { return (fingerprint >> 48) & mask_; }

  PacketFingerprint print_;
  size_t mask_;
  HugeArray<Line> lines_;
};

inline uint32_t DuplicateFilter::Line::with(uint64_t tag) const {
  const auto* const words = reinterpret_cast<const __m256i*>(this);
  const __m256i wanted = _mm256_set1_epi64x(static_cast<int64_t>(tag >> kTagShift));
  const auto same = [&](__m256i four) {
    const __m256i equal = _mm256_cmpeq_epi64(_mm256_srli_epi64(four, kTagShift), wanted);
    return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(equal)));
  };
  return (same(_mm256_load_si256(words)) | same(_mm256_load_si256(words + 1)) << 4) & ((1U << kWays) - 1);
}

inline bool DuplicateFilter::seen(uint64_t fingerprint, Nanos time) {
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
