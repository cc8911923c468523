#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace glacis {

// Folds carries back in until 16 bits are left; without a branch.
[[nodiscard]] inline uint32_t fold_sum(uint64_t total) {
  total = (total & 0xffffffff) + (total >> 32);
  total = (total & 0xffff) + (total >> 16);
  total = (total & 0xffff) + (total >> 16);
  return static_cast<uint32_t>((total & 0xffff) + (total >> 16));
}

template <class Word>
[[nodiscard]] inline Word word_at(const uint8_t* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// As machine_sum, for what is too short to be worth vectors: eight bytes at a time, carries put back.
[[nodiscard]] inline uint64_t short_sum(std::span<const uint8_t> bytes) {
  uint64_t total = 0;
  const auto add = [&total](uint64_t word) {
    total += word;
    total += total < word ? 1 : 0;
  };
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) add(word_at<uint64_t>(at));
  if (left >= 4) {
    add(word_at<uint32_t>(at));
    left -= 4;
    at += 4;
  }
  if (left >= 2) {
    add(word_at<uint16_t>(at));
    left -= 2;
    at += 2;
  }
  if (left == 1) add(*at);
  return (total & 0xffffffff) + (total >> 32);
}

// Sum of 16-bit words in the machine's byte order, an odd last byte padded with zero; below 2^48, not
// folded. Long ones 32 bits at a time, which the compiler turns into vectors. Enough to compare with
// 0xffff: the sum of swapped words is the swapped sum (RFC 1071, 2 B). Below 64 KiB.
[[nodiscard]] inline uint64_t machine_sum(std::span<const uint8_t> bytes) {
  constexpr size_t kShort = 96;
  if (bytes.size() <= kShort) return short_sum(bytes);
  uint64_t total = 0;
  size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) total += word_at<uint32_t>(bytes.data() + i);
  return total + short_sum(bytes.subspan(i));
}

// One's complement sum of 16-bit words (RFC 1071). bytewise_ones_sum is its plain twin.
[[nodiscard]] inline uint32_t ones_sum(std::span<const uint8_t> bytes, uint32_t sum = 0) {
  return fold_sum(uint64_t{sum} + __builtin_bswap16(static_cast<uint16_t>(fold_sum(machine_sum(bytes)))));
}

[[nodiscard]] inline uint32_t bytewise_ones_sum(std::span<const uint8_t> bytes, uint32_t sum = 0) {
  uint64_t total = sum;
  for (size_t i = 0; i < bytes.size(); ++i) total += static_cast<uint64_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  return fold_sum(total);
}

// Whether bytes that include their own checksum field add up.
[[nodiscard]] inline bool checksum_holds(uint32_t sum) { return sum == 0xffff; }

}  // namespace glacis
