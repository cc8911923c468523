#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "dataplane/packet/layers.h"

namespace glacis {

// What the table compares first: 16 bytes that are all of an IPv4 flow's key, and of an IPv6 flow's all
// but the first 12 bytes of each address.
struct alignas(16) ShortKey {
  uint32_t low_tail = 0, high_tail = 0;  // last 4 bytes of each address, as on the wire
  uint16_t low_port = 0, high_port = 0;
  uint32_t vlans_protocol = 0;  // outer VLAN id (12 bits), inner one (12), IP protocol (8)

  ShortKey() = default;
  // One store of all 16 bytes, because they are read as one right after.
  explicit ShortKey(const FlowKey& key) {
    const uint32_t ports = uint32_t{key.high_port} << 16 | key.low_port;
    const uint32_t rest = uint32_t{key.vlan_outer} << 20 | uint32_t{key.vlan_inner} << 8 | key.protocol;
    const __m128i all = _mm_set_epi32(static_cast<int>(rest), static_cast<int>(ports), tail(key.high), tail(key.low));
    _mm_store_si128(reinterpret_cast<__m128i*>(this), all);
  }
  [[nodiscard]] uint8_t protocol() const { return static_cast<uint8_t>(vlans_protocol); }
  friend bool operator==(const ShortKey& a, const ShortKey& b) {
    const __m128i same = _mm_cmpeq_epi8(_mm_load_si128(reinterpret_cast<const __m128i*>(&a)),
                                        _mm_load_si128(reinterpret_cast<const __m128i*>(&b)));
    return _mm_movemask_epi8(same) == 0xffff;
  }

 private:
  static int tail(const IpAddress& address) {
    int out;
    std::memcpy(&out, address.bytes.data() + 12, sizeof out);
    return out;
  }
};
static_assert(sizeof(ShortKey) == 16);

// Keyed hash of a flow's key, by rounds of AES (FIPS 197, 5.1): four over the short key, and before
// them two over each end's other 12 bytes of IPv6. Two rounds have at least five active S-boxes, so
// that no sender who does not know the key can aim differences of one block at another's, nor flows at
// one bucket. Not a MAC. Needs a CPU with AES, as start-up checks. Thread: any.
class FlowHash {
 public:
  explicit FlowHash(uint64_t seed) {
    for (size_t i = 0; i < 7; ++i) {
      const uint64_t low = mix(seed + 2 * i + 1), high = mix(seed + 2 * i + 2);
      key_[i] = _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
    }
  }

  [[nodiscard]] uint64_t operator()(const FlowKey& key) const { return (*this)(ShortKey(key), key); }
  [[nodiscard]] uint64_t operator()(const ShortKey& tail, const FlowKey& key) const {
    __m128i state = _mm_xor_si128(_mm_load_si128(reinterpret_cast<const __m128i*>(&tail)), key_[0]);
    if (key.ip_version == 6) {
      state = _mm_xor_si128(state, two_rounds(head(key.low), key_[1]));
      state = _mm_xor_si128(state, two_rounds(head(key.high), key_[2]));
    }
    for (size_t i = 3; i < 7; ++i) state = _mm_aesenc_si128(state, key_[i]);
    return static_cast<uint64_t>(_mm_cvtsi128_si64(state));
  }

 private:
  // The first 12 bytes; the tail is in the short key already.
  static __m128i head(const IpAddress& address) {
    const __m128i whole = _mm_loadu_si128(reinterpret_cast<const __m128i*>(address.bytes.data()));
    return _mm_and_si128(whole, _mm_set_epi32(0, -1, -1, -1));
  }
  [[nodiscard]] __m128i two_rounds(__m128i block, __m128i key) const {
    const __m128i once = _mm_aesenc_si128(_mm_xor_si128(block, key), key_[3]);
    return _mm_aesenc_si128(once, key_[4]);
  }
  // SplitMix64 (Steele, Lea, Flood 2014): one seed to independent round keys.
  static uint64_t mix(uint64_t x) {
    x *= 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
  }

  __m128i key_[7];
};

}  // namespace glacis
