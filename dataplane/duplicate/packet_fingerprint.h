#pragma once

#include <immintrin.h>

#include <cstdint>
#include <span>

#include "dataplane/decode/decode.h"
#include "dataplane/decode/usual_frame.h"

namespace glacis {

// What stays the same of an IP packet on its way through switches and routers, as 64 bits: the outermost IP header but
// for TTL, class of service and, of IPv4, a header checksum that fits them and options; and every byte behind it. Of a
// frame that begins in an unusual way (two tags, MPLS, PPPoE, other links), likewise of the packet that decode() keys
// by, with its segment. Neither MAC addresses nor VLANs count.
// An IPv4 header whose checksum is wrong differs from one whose checksum is right. Two rounds of AES for each 16 bytes
// under a secret key, so that a sender cannot make another packet look the same (as FlowHash). Not a MAC.
// Thread: any.
class PacketFingerprint {
 public:
  explicit PacketFingerprint(uint64_t seed);
  // 0: no IP packet, or one that is cut.
  [[nodiscard]] uint64_t operator()(std::span<const uint8_t> frame, LinkType link) const;

 private:
  static constexpr size_t kLanes = 4, kBlock = 16, kIp4Header = 20;
  [[nodiscard]] uint64_t of_other(std::span<const uint8_t> frame, LinkType link) const;
  // `packet` has room for a header.
  [[nodiscard]] uint64_t of_ip4(std::span<const uint8_t> packet, uint64_t salt) const;
  [[nodiscard]] uint64_t of_ip6(std::span<const uint8_t> packet, uint64_t salt) const;
  [[nodiscard]] __m128i two_rounds(__m128i block, __m128i state) const {
    return _mm_aesenc_si128(_mm_aesenc_si128(_mm_xor_si128(block, state), round_[0]), round_[1]);
  }
  [[nodiscard]] uint64_t finish(__m128i state, std::span<const uint8_t> body) const;
  [[nodiscard]] __m128i in_lanes(__m128i state, std::span<const uint8_t> body) const;
  [[nodiscard]] static __m128i load(const uint8_t* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }
  [[nodiscard]] static __m128i load_part(const uint8_t* at, size_t bytes);

  __m128i lane_[kLanes];
  __m128i whiten_, round_[2], last_;
};

inline uint64_t PacketFingerprint::operator()(std::span<const uint8_t> frame, LinkType link) const {
  if (link == LinkType::kEthernet) [[likely]] {
    const usual::Place at = usual::place_of(frame, VlanInKey::kNo);
    if (at.type == usual::kTypeIp4) [[likely]]
      return of_ip4({at.ip, at.room}, 0);
  }
  return of_other(frame, link);
}

inline uint64_t PacketFingerprint::of_ip4(std::span<const uint8_t> packet, uint64_t salt) const {
  const uint8_t* const ip = packet.data();
  const size_t header = size_t{ip[0] & 15U} * 4, total = usual::be16(ip + 2);
  const bool ip4 = uint32_t{ip[0]} - 0x45 <= 0x4f - 0x45;  // and a length of its header that can be
  if (!ip4 || total < header || total > packet.size()) [[unlikely]]
    return 0;
  // The checksum without what may change together with it (RFC 1624): of headers that differ in TTL and class of
  // service alone it is the same exactly if both fit.
  const uint32_t sum = usual::be16(ip + 10) + (uint32_t{ip[8]} << 8) + ip[1];
  const uint32_t folded = (sum & 0xffff) + (sum >> 16), checksum = folded == 0xffff ? 0 : folded;
  // Id, fragment, protocol, ends; TTL and checksum give way.
  const __m128i keep = _mm_set_epi8(-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, -1, 0, -1, -1, -1, -1);
  const uint64_t rest = salt << 32 | uint64_t{checksum} << 16 | total;
  const __m128i whitened = _mm_xor_si128(whiten_, _mm_cvtsi64_si128(static_cast<int64_t>(rest)));
  return finish(two_rounds(_mm_and_si128(load(ip + 4), keep), whitened), {ip + header, total - header});
}

inline uint64_t PacketFingerprint::finish(__m128i state, std::span<const uint8_t> body) const {
  const uint8_t* at = body.data();
  size_t left = body.size();
  if (left >= kLanes * kBlock) {
    state = in_lanes(state, body);
    at += left & ~(kLanes * kBlock - 1);
    left &= kLanes * kBlock - 1;
  }
  for (; left >= kBlock; left -= kBlock, at += kBlock) state = two_rounds(load(at), state);
  if (left != 0) state = two_rounds(body.size() >= kBlock ? load(at + left - kBlock) : load_part(at, left), state);
  const auto print = static_cast<uint64_t>(_mm_cvtsi128_si64(two_rounds(last_, state)));
  return print == 0 ? 1 : print;
}

}  // namespace glacis
