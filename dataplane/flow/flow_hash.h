#pragma once

#include <immintrin.h>

#include <cstdint>

#include "dataplane/base/mix64.h"
#include "dataplane/packet/brief.h"

namespace glacis {

// Keyed hash of a flow's key, by rounds of AES (FIPS 197, 5.1): four over the short key, and before
// them two over each end's other 12 bytes of IPv6, the segment beside the first. Two rounds have at least five active
// S-boxes, so that no sender who does not know the key can aim differences of one block at another's, nor flows at one
// bucket. Not a MAC. Needs a CPU with AES, as start-up checks. Thread: any.
class FlowHash {
 public:
  explicit FlowHash(uint64_t seed) {
    for (size_t i = 0; i < 7; ++i) {
      const uint64_t low = round_key(seed + 2 * i + 1), high = round_key(seed + 2 * i + 2);
      key_[i] = _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
    }
  }

  [[nodiscard]] uint64_t operator()(const FlowKey& key) const { return (*this)(ShortKey(key), key); }
  [[nodiscard]] uint64_t operator()(const ShortKey& tail, const FlowKey& key) const {
    if (key.ip_version != 6 && key.segment == 0) return (*this)(tail);
    const __m128i low = _mm_insert_epi32(head(key.low), static_cast<int>(key.segment), 3);
    const __m128i heads = _mm_xor_si128(two_rounds(low, key_[1]), two_rounds(head(key.high), key_[2]));
    return last_rounds(_mm_xor_si128(first(tail), heads));
  }
  // Of IPv4 without a segment, whose key is all in there.
  [[nodiscard]] uint64_t operator()(const ShortKey& key) const { return last_rounds(first(key)); }

 private:
  [[nodiscard]] __m128i first(const ShortKey& key) const {
    return _mm_xor_si128(_mm_load_si128(reinterpret_cast<const __m128i*>(&key)), key_[0]);
  }
  [[nodiscard]] uint64_t last_rounds(__m128i state) const {
    for (size_t i = 3; i < 7; ++i) state = _mm_aesenc_si128(state, key_[i]);
    return static_cast<uint64_t>(_mm_cvtsi128_si64(state));
  }
  // The first 12 bytes; the tail is in the short key already.
  static __m128i head(const IpAddress& address) {
    const __m128i whole = _mm_loadu_si128(reinterpret_cast<const __m128i*>(address.bytes.data()));
    return _mm_and_si128(whole, _mm_set_epi32(0, -1, -1, -1));
  }
  [[nodiscard]] __m128i two_rounds(__m128i block, __m128i key) const {
    const __m128i once = _mm_aesenc_si128(_mm_xor_si128(block, key), key_[3]);
    return _mm_aesenc_si128(once, key_[4]);
  }
  // One seed to independent round keys.
  static uint64_t round_key(uint64_t number) { return mix64(number * kGolden64); }

  __m128i key_[7];
};

}  // namespace glacis
