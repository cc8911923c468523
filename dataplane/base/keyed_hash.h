#pragma once

#include <immintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "dataplane/base/mix64.h"

namespace glacis {

// Keyed hash of 48 bytes by rounds of AES (FIPS 197, 5.1), made as FlowHash is (flow/flow_hash.h): two rounds over
// each of the first two blocks, four over their sum with the third, so that who does not know the seed cannot aim keys
// at one bucket. Not a MAC. Needs a CPU with AES, as start-up checks. Thread: any.
class KeyedHash {
 public:
  explicit KeyedHash(uint64_t seed) {
    for (size_t i = 0; i < 9; ++i) {
      const uint64_t low = mix64((seed + 2 * i + 1) * kGolden64), high = mix64((seed + 2 * i + 2) * kGolden64);
      key_[i] = _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
    }
  }

  template <class Key>
  [[nodiscard]] uint64_t operator()(const Key& key) const {
    static_assert(sizeof(Key) == sizeof(Blocks) && std::has_unique_object_representations_v<Key>);
    const auto blocks = std::bit_cast<Blocks>(key);
    __m128i state = _mm_xor_si128(blocks.block[2], key_[0]);
    state = _mm_xor_si128(state, two_rounds(_mm_xor_si128(blocks.block[0], key_[1])));
    state = _mm_xor_si128(state, two_rounds(_mm_xor_si128(blocks.block[1], key_[2])));
    for (size_t i = 5; i < 9; ++i) state = _mm_aesenc_si128(state, key_[i]);
    return static_cast<uint64_t>(_mm_cvtsi128_si64(state));
  }

 private:
  struct Blocks {
    __m128i block[3];
  };
  [[nodiscard]] __m128i two_rounds(__m128i block) const {
    return _mm_aesenc_si128(_mm_aesenc_si128(block, key_[3]), key_[4]);
  }

  __m128i key_[9];
};

}  // namespace glacis
