#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace glacis {

// SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF") over `bytes`, whose size must
// be a multiple of 8. Keyed, so that no sender can aim at one bucket.
class KeyedHash {
 public:
  KeyedHash(uint64_t key0, uint64_t key1) : key0_(key0), key1_(key1) {}

  [[nodiscard]] uint64_t operator()(std::span<const uint8_t> bytes) const {
    uint64_t v[4] = {key0_ ^ 0x736f6d6570736575u, key1_ ^ 0x646f72616e646f6du, key0_ ^ 0x6c7967656e657261u,
                     key1_ ^ 0x7465646279746573u};
    for (size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      uint64_t word;
      std::memcpy(&word, bytes.data() + i, sizeof word);
      v[3] ^= word;
      round(v);
      v[0] ^= word;
    }
    const uint64_t last = static_cast<uint64_t>(bytes.size()) << 56;
    v[3] ^= last;
    round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; ++i) round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

 private:
  static void round(uint64_t v[4]) {
    v[0] += v[1];
    v[1] = std::rotl(v[1], 13) ^ v[0];
    v[0] = std::rotl(v[0], 32);
    v[2] += v[3];
    v[3] = std::rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = std::rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = std::rotl(v[1], 17) ^ v[2];
    v[2] = std::rotl(v[2], 32);
  }

  uint64_t key0_, key1_;
};

}  // namespace glacis
