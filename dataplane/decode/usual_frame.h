#pragma once

// How the usual Ethernet frame is laid out, for the two that read it straight (decode_usual, decode_brief):
// at most one VLAN tag (0x8100), IPv4 without options, whole and not a fragment, or IPv6 without extension
// headers; TCP or UDP with nothing about them that is an anomaly but a wrong checksum, and no tunnel's port. Offsets
// are asked for once, before anything is read.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/decode/checksum.h"
#include "dataplane/decode/decode.h"
#include "dataplane/decode/odd_flags.h"
#include "dataplane/decode/tunnel_port.h"
#include "dataplane/packet/layers.h"

namespace glacis::usual {

inline constexpr uint32_t kEthernetBytes = 14, kTagBytes = 4, kTcpBytes = 20, kUdpBytes = 8;
inline constexpr size_t kLongestFrame = 0xffff;
inline constexpr uint32_t kTypeVlan = 0x8100, kTypeIp4 = 0x0800, kTypeIp6 = 0x86dd;

// Wider than what is read: a processor is slow at 16 bits.
inline uint32_t be16(const uint8_t* at) { return __builtin_bswap16(word_at<uint16_t>(at)); }
inline uint32_t be32(const uint8_t* at) { return __builtin_bswap32(word_at<uint32_t>(at)); }
inline uint64_t be64(const uint8_t* at) { return __builtin_bswap64(word_at<uint64_t>(at)); }

// Where an IP packet stands behind Ethernet.
struct Place {
  const uint8_t* ip;
  uint32_t offset;  // in the frame
  uint32_t room;    // bytes from there to the frame's end
  uint32_t vlan;
  uint32_t type;  // EtherType; 0: no usual frame. Else there is room for an IPv4 header.
};

inline Place place_of(std::span<const uint8_t> frame, VlanInKey vlan_in_key) {
  if (frame.size() < kEthernetBytes + kTagBytes + 20 || frame.size() > kLongestFrame) return {};
  const uint8_t* const bytes = frame.data();
  const auto size = static_cast<uint32_t>(frame.size());
  const uint32_t type = be16(bytes + 12);
  if (type != kTypeVlan) return {bytes + kEthernetBytes, kEthernetBytes, size - kEthernetBytes, 0, type};
  constexpr uint32_t kTagged = kEthernetBytes + kTagBytes;
  return {bytes + kTagged, kTagged, size - kTagged, be16(bytes + 14) & static_cast<uint32_t>(vlan_in_key),
          be16(bytes + 16)};
}

// The halves change places if `turn`. A shift that the compiler cannot see through: it would make a branch of it
// that is wrong every second time.
template <class Word>
Word turned(Word word, bool turn) {
  uint32_t bits = uint32_t{turn} * (sizeof(Word) * 4);
  asm("" : "+r"(bits));
  return std::rotl(word, static_cast<int>(bits));
}

// What the two versions of IP have of their own. is_usual() may read kHeader bytes when there is room. Which end
// is low is as good as random, so nothing branches on it. `ports`: the source's above the destination's.
struct Ip4 {
  static constexpr uint32_t kHeader = 20, kVersion = 4;
  static bool is_usual(const uint8_t* ip) { return ip[0] == 0x45 && (be16(ip + 6) & 0x3fff) == 0; }
  static uint32_t total(const uint8_t* ip) { return be16(ip + 2); }
  static uint32_t protocol(const uint8_t* ip) { return ip[9]; }
  static bool from_low(const uint8_t* ip, uint32_t ports) {
    const uint64_t source = uint64_t{be32(ip + 12)} << 16 | ports >> 16;
    const uint64_t destination = uint64_t{be32(ip + 16)} << 16 | (ports & 0xffff);
    return source <= destination;
  }
  // The low end's four bytes in the lower half, both as on the wire.
  static uint64_t ends(const uint8_t* ip, bool from_low) { return turned(word_at<uint64_t>(ip + 12), !from_low); }
  static bool same_ends(const uint8_t* ip) { return word_at<uint32_t>(ip + 12) == word_at<uint32_t>(ip + 16); }
  static uint32_t ttl(const uint8_t* ip) { return ip[8]; }
  static bool header_holds(const uint8_t* ip) { return fold_sum(short_sum({ip, kHeader})) == 0xffff; }
  static uint64_t sum_of_ends(const uint8_t* ip) { return short_sum({ip + 12, 8}); }
};

struct Ip6 {
  static constexpr uint32_t kHeader = 40, kVersion = 6;
  static bool is_usual(const uint8_t* ip) { return ip[0] >> 4 == 6 && be16(ip + 4) != 0; }
  static uint32_t total(const uint8_t* ip) { return kHeader + be16(ip + 4); }
  static uint32_t protocol(const uint8_t* ip) { return ip[6]; }
  static bool from_low(const uint8_t* ip, uint32_t ports) {
    using Wide = unsigned __int128;
    const Wide source = Wide{be64(ip + 8)} << 64 | be64(ip + 16);
    const Wide destination = Wide{be64(ip + 24)} << 64 | be64(ip + 32);
    const bool ports_rise = ports >> 16 <= (ports & 0xffff);
    return (source < destination) | ((source == destination) & ports_rise);
  }
  static bool same_ends(const uint8_t* ip) {
    return word_at<uint64_t>(ip + 8) == word_at<uint64_t>(ip + 24) &&
           word_at<uint64_t>(ip + 16) == word_at<uint64_t>(ip + 32);
  }
  static uint32_t ttl(const uint8_t* ip) { return ip[7]; }
  static bool header_holds(const uint8_t*) { return true; }  // it has no checksum
  static uint64_t sum_of_ends(const uint8_t* ip) { return short_sum({ip + 8, 32}); }
};

// The low end's port below.
inline uint32_t low_first(uint32_t ports, bool from_low) { return turned(ports, from_low); }

// Ports that decode() says something about: 0, or one and the same at both ends of one address.
template <class Ip>
bool odd_ports(const uint8_t* ip, uint32_t ports) {
  // The lowest half that is 0 borrows from its top bit.
  const bool zero = ((ports - 0x00010001) & ~ports & 0x80008000) != 0;
  const bool equal = std::rotl(ports, 16) == ports;
  return zero || (equal && Ip::same_ends(ip));
}

// A segment or datagram.
struct Transport {
  uint32_t header = 0;  // bytes; 0: not TCP or UDP as it should be
  uint32_t length = 0;  // with its header
  uint8_t tcp_flags = 0;

  [[nodiscard]] bool plain() const { return (tcp_flags & (kTcpSyn | kTcpFin | kTcpRst)) == 0; }
  [[nodiscard]] uint32_t payload() const { return length - header; }
};

inline Transport transport_of(const uint8_t* l4, uint32_t protocol, uint32_t body) {
  if (protocol == kIpProtoTcp && body >= kTcpBytes) {
    const uint32_t header = uint32_t{l4[12]} >> 4 << 2;
    const bool usual = header >= kTcpBytes && header <= body && (kNoUsualFlags >> (l4[13] & 63) & 1) == 0;
    return {usual ? header : 0, body, l4[13]};
  }
  if (protocol != kIpProtoUdp || body < kUdpBytes) return {};
  const uint32_t length = be16(l4 + 4);
  const bool usual = length >= kUdpBytes && length <= body && !may_be_tunnel(be16(l4), be16(l4 + 2));
  return {usual ? kUdpBytes : 0, length, 0};
}

// Its length by the header when the packet is a usual one that is all there, else 0.
template <class Ip>
uint32_t usual_total(const Place& at) {
  if (at.room < Ip::kHeader || !Ip::is_usual(at.ip)) return 0;
  const uint32_t total = Ip::total(at.ip);
  return total < Ip::kHeader || total > at.room ? 0 : total;
}

template <class Ip>
bool checksums_hold(const uint8_t* ip, uint32_t length) {
  if (!Ip::header_holds(ip)) return false;
  const uint8_t* const l4 = ip + Ip::kHeader;
  const bool unused = Ip::protocol(ip) == kIpProtoUdp && word_at<uint16_t>(l4 + 6) == 0;
  if (unused) return true;
  const uint64_t words = (Ip::protocol(ip) << 8) + __builtin_bswap16(static_cast<uint16_t>(length));
  return fold_sum(Ip::sum_of_ends(ip) + words + machine_sum({l4, length})) == 0xffff;
}

}  // namespace glacis::usual
