#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace glacis {

// Folds carries back in until 16 bits are left.
[[nodiscard]] inline uint32_t fold_sum(uint64_t total) {
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<uint32_t>(total);
}

// Sum of 16-bit words in the machine's byte order, an odd last byte padded with zero; not folded. Adds
// 32 bits at a time, which the compiler turns into vectors. Enough to compare with 0xffff: the sum of
// swapped words is the swapped sum (RFC 1071, 2 B).
[[nodiscard]] inline uint64_t machine_sum(std::span<const uint8_t> bytes) {
  uint64_t total = 0;
  size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    uint32_t word;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    total += word;
  }
  if (i < bytes.size()) {
    uint32_t word = 0;
    std::memcpy(&word, bytes.data() + i, bytes.size() - i);
    total += word;
  }
  return total;
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
