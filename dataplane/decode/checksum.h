#pragma once

#include <cstdint>
#include <span>

namespace glacis {

// One's complement sum of 16-bit words (RFC 1071), an odd last byte padded with zero.
[[nodiscard]] inline uint32_t ones_sum(std::span<const uint8_t> bytes, uint32_t sum = 0) {
  uint64_t total = sum;
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    total += static_cast<uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  }
  if (i < bytes.size()) total += static_cast<uint32_t>(bytes[i] << 8);
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<uint32_t>(total);
}

// Whether bytes that include their own checksum field add up.
[[nodiscard]] inline bool checksum_holds(uint32_t sum) { return sum == 0xffff; }

}  // namespace glacis
