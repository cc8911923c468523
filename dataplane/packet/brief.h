#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "dataplane/packet/layers.h"

namespace glacis {

// What the flow table compares first: 16 bytes that are all of an IPv4 flow's key, and of an IPv6 flow's all
// but the first 12 bytes of each address; both without their segment.
struct alignas(16) ShortKey {
  uint32_t low_tail = 0, high_tail = 0;  // last 4 bytes of each address, as on the wire
  uint16_t low_port = 0, high_port = 0;
  uint32_t vlans_protocol = 0;  // outer VLAN id (12 bits), inner one (12), IP protocol (8)

  ShortKey() = default;
  explicit ShortKey(const FlowKey& key)
      : ShortKey(uint64_t{tail(key.high)} << 32 | tail(key.low), uint32_t{key.high_port} << 16 | key.low_port,
                 uint32_t{key.vlan_outer} << 20 | uint32_t{key.vlan_inner} << 8 | key.protocol) {}
  // The low end's address and port in the lower half of each word. One store of all 16 bytes, because they are
  // read as one right after.
  ShortKey(uint64_t tails, uint32_t ports, uint32_t rest) {
    const __m128i all = _mm_set_epi64x(static_cast<int64_t>(uint64_t{rest} << 32 | ports), static_cast<int64_t>(tails));
    _mm_store_si128(reinterpret_cast<__m128i*>(this), all);
  }
  [[nodiscard]] uint8_t protocol() const { return static_cast<uint8_t>(vlans_protocol); }
  friend bool operator==(const ShortKey& a, const ShortKey& b) {
    const __m128i same = _mm_cmpeq_epi8(_mm_load_si128(reinterpret_cast<const __m128i*>(&a)),
                                        _mm_load_si128(reinterpret_cast<const __m128i*>(&b)));
    return _mm_movemask_epi8(same) == 0xffff;
  }

 private:
  static uint32_t tail(const IpAddress& address) {
    uint32_t out;
    std::memcpy(&out, address.bytes.data() + 12, sizeof out);
    return out;
  }
};
static_assert(sizeof(ShortKey) == 16);

// Which plain packets (no SYN, FIN or RST, no ICMP error) of a flow change nothing but its counters.
enum class Quiet : uint8_t { kEmptyFromLow = 1, kEmptyFromHigh = 2, kPayloadFromLow = 4, kPayloadFromHigh = 8 };
[[nodiscard]] constexpr uint8_t quiet_bit(bool payload, bool from_low) {
  return static_cast<uint8_t>((from_low ? 1 : 2) << (payload ? 2 : 0));
}

// Beside an IP version: the flow is one of a numbered network (FlowKey::segment), whose addresses may be those of
// another's.
inline constexpr uint8_t kSegmented = 0x80;

// What it takes to count a packet in a flow that is known: half a cache line, so that a burst of usual packets
// never fills in their layers.
struct alignas(32) Brief {
  ShortKey key;
  uint32_t l3_bytes = 0;
  // 0: the packet has no flow. 4 alone means that `key` is all of the flow's; with kSegmented its key has a segment.
  uint8_t ip_version = 0;
  uint8_t quiet = 0;  // which of Quiet it is; 0: not plain
  bool from_low = true;
  bool bad_checksum = false;

  Brief() = default;
  explicit Brief(const Layers& layers) {
    if (layers.result != DecodeResult::kOk) return;
    key = ShortKey(layers.key);
    l3_bytes = layers.l3_bytes;
    ip_version = layers.key.ip_version | (layers.key.segment != 0 ? kSegmented : uint8_t{0});
    quiet = layers.plain ? quiet_bit(layers.payload_bytes != 0, layers.from_low) : uint8_t{0};
    from_low = layers.from_low;
    bad_checksum = layers.bad_checksum;
  }
  [[nodiscard]] bool has_payload() const { return quiet >= static_cast<uint8_t>(Quiet::kPayloadFromLow); }
};
static_assert(sizeof(Brief) == 32);

}  // namespace glacis
