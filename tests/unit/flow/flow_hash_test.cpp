// FlowHash against AES rounds as FIPS 197 spells them, byte by byte.
#include "dataplane/flow/flow_hash.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <set>

namespace glacis {
namespace {

using Block = std::array<uint8_t, 16>;

uint8_t times(uint8_t a, uint8_t b) {  // in GF(2^8), FIPS 197, 4.2
  uint8_t out = 0;
  for (; b != 0; b >>= 1) {
    if ((b & 1) != 0) out ^= a;
    a = static_cast<uint8_t>(a << 1 ^ ((a & 0x80) != 0 ? 0x1b : 0));
  }
  return out;
}

uint8_t substitute(uint8_t x) {  // inverse, then the affine map of 5.1.1
  uint8_t inverse = 0;
  for (int y = 1; y < 256; ++y) {
    if (times(x, static_cast<uint8_t>(y)) == 1) inverse = static_cast<uint8_t>(y);
  }
  uint8_t out = 0x63;
  for (int shift = 0; shift < 5; ++shift) out ^= std::rotl(inverse, shift);
  return out;
}

Block round_of(const Block& state, const Block& key) {
  Block shifted, out;
  for (size_t c = 0; c < 4; ++c) {
    for (size_t r = 0; r < 4; ++r) shifted[4 * c + r] = substitute(state[4 * ((c + r) % 4) + r]);
  }
  static constexpr uint8_t kMix[4] = {2, 3, 1, 1};
  for (size_t c = 0; c < 4; ++c) {
    for (size_t r = 0; r < 4; ++r) {
      uint8_t sum = 0;
      for (size_t k = 0; k < 4; ++k) sum ^= times(shifted[4 * c + k], kMix[(k + 4 - r) % 4]);
      out[4 * c + r] = sum ^ key[4 * c + r];
    }
  }
  return out;
}

Block exclusive_or(Block a, const Block& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] ^= b[i];
  return a;
}

uint64_t mix(uint64_t x) {
  x *= 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

uint64_t plain_hash(uint64_t seed, const FlowKey& key) {
  std::array<Block, 7> keys;
  for (size_t i = 0; i < 7; ++i) {
    const uint64_t words[2] = {mix(seed + 2 * i + 1), mix(seed + 2 * i + 2)};
    std::memcpy(keys[i].data(), words, 16);
  }
  const ShortKey tail(key);
  Block state;
  std::memcpy(state.data(), &tail, 16);
  state = exclusive_or(state, keys[0]);
  if (key.ip_version == 6 || key.segment != 0) {
    for (const auto& [address, k] : {std::pair(&key.low, 1), std::pair(&key.high, 2)}) {
      Block head{};
      std::copy_n(address->bytes.begin(), 12, head.begin());
      if (k == 1) std::memcpy(head.data() + 12, &key.segment, sizeof key.segment);
      head = round_of(exclusive_or(head, keys[static_cast<size_t>(k)]), keys[3]);
      state = exclusive_or(state, round_of(head, keys[4]));
    }
  }
  for (size_t i = 3; i < 7; ++i) state = round_of(state, keys[i]);
  uint64_t out;
  std::memcpy(&out, state.data(), sizeof out);
  return out;
}

FlowKey key_of(uint8_t version) {
  FlowKey key;
  for (uint8_t i = 0; i < 16; ++i) {
    key.low.bytes[i] = version == 6 ? i : IpAddress::v4(10, 1, 2, 3).bytes[i];
    key.high.bytes[i] = version == 6 ? static_cast<uint8_t>(0xf0 - i) : IpAddress::v4(192, 0, 2, 9).bytes[i];
  }
  key.low_port = 40'000;
  key.high_port = 443;
  key.vlan_outer = 100;
  key.protocol = kIpProtoTcp;
  key.ip_version = version;
  return key;
}

TEST(FlowHash, IsRoundsOfAes) {
  for (const uint8_t version : {uint8_t{4}, uint8_t{6}}) {
    for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{0x123456789abcdef0}}) {
      for (const uint32_t segment : {0U, 0x0800002aU}) {
        FlowKey key = key_of(version);
        key.segment = segment;
        EXPECT_EQ(FlowHash(seed)(key), plain_hash(seed, key)) << int{version} << " " << seed << " " << segment;
      }
    }
  }
}

TEST(FlowHash, EveryByteOfTheKeyAndTheSeedChangeAboutHalfOfIt) {
  const FlowKey key = key_of(6);
  const uint64_t plain = FlowHash(7)(key);
  std::set<uint64_t> seen{plain, FlowHash(8)(key)};
  size_t changed = 0, bits = 0;
  for (size_t byte = 0; byte < sizeof key; ++byte) {
    FlowKey other = key;
    auto* const bytes = reinterpret_cast<uint8_t*>(&other);
    if (byte == 37 || byte == 39) continue;  // a VLAN id has 12 bits
    if (byte > 40 && byte < 44) continue;    // the version, and padding
    bytes[byte] ^= 1;
    const uint64_t hash = FlowHash(7)(other);
    seen.insert(hash);
    changed += static_cast<size_t>(std::popcount(hash ^ plain));
    bits += 64;
  }
  EXPECT_EQ(seen.size(), 45u);
  EXPECT_NEAR(static_cast<double>(changed) / static_cast<double>(bits), 0.5, 0.05);
}

}  // namespace
}  // namespace glacis
