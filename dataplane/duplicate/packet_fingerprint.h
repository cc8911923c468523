#pragma once

#include <immintrin.h>

#include <cstdint>
#include <span>

#include "dataplane/decode/decode.h"

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
  static constexpr size_t kLanes = 4;
  [[nodiscard]] uint64_t of_packet(std::span<const uint8_t> packet, uint64_t salt) const;
  [[nodiscard]] uint64_t of_ip4(std::span<const uint8_t> packet, uint64_t salt) const;
  [[nodiscard]] uint64_t of_ip6(std::span<const uint8_t> packet, uint64_t salt) const;
  [[nodiscard]] __m128i two_rounds(__m128i block, __m128i state) const;
  [[nodiscard]] uint64_t finish(__m128i state, std::span<const uint8_t> body) const;

  __m128i lane_[kLanes];
  __m128i whiten_, round_[2], last_;
};

}  // namespace glacis
