#include "dataplane/decode/decode_usual.h"

#include <immintrin.h>

#include <bit>
#include <cstddef>

#include "dataplane/decode/checksum.h"

namespace glacis {
namespace {

constexpr uint32_t kEthernetBytes = 14, kTagBytes = 4, kTcpBytes = 20, kUdpBytes = 8;
constexpr size_t kLongestFrame = 0xffff;
constexpr uint32_t kTypeVlan = 0x8100, kTypeIp4 = 0x0800, kTypeIp6 = 0x86dd;

// Wider than what is read: a processor is slow at 16 bits.
uint32_t be16(const uint8_t* at) { return __builtin_bswap16(word_at<uint16_t>(at)); }
uint32_t be32(const uint8_t* at) { return __builtin_bswap32(word_at<uint32_t>(at)); }
uint64_t be64(const uint8_t* at) { return __builtin_bswap64(word_at<uint64_t>(at)); }

// Whole words are stored, as what is read next is read in such pieces.
void put_16(void* out, uint64_t head, uint64_t tail) {
  _mm_storeu_si128(static_cast<__m128i*>(out), _mm_set_epi64x(static_cast<int64_t>(tail), static_cast<int64_t>(head)));
}

// Where an IP packet stands behind Ethernet.
struct Place {
  const uint8_t* ip;
  uint32_t offset;  // in the frame
  uint32_t room;    // bytes from there to the frame's end
  uint32_t vlan;
};

// What the two versions of IP have of their own. is_usual() may read kHeader bytes when there is room. Which end
// is low is as good as random, so put_ends() turns words by as many bits as the answer asks for and never
// branches on it.
struct Ip4 {
  static constexpr uint32_t kHeader = 20, kVersion = 4;
  static bool is_usual(const uint8_t* ip) { return ip[0] == 0x45 && (be16(ip + 6) & 0x3fff) == 0; }
  static uint32_t total(const uint8_t* ip) { return be16(ip + 2); }
  static uint32_t protocol(const uint8_t* ip) { return ip[9]; }
  static void put_ends(const uint8_t* ip, uint32_t ports, Layers& out) {
    const uint64_t both = word_at<uint64_t>(ip + 12);  // the source's four bytes are the low ones
    const uint64_t source = uint64_t{be32(ip + 12)} << 16 | ports >> 16;
    const uint64_t destination = uint64_t{be32(ip + 16)} << 16 | (ports & 0xffff);
    out.from_low = source <= destination;
    const uint64_t low_first = std::rotr(both, out.from_low ? 0 : 32);
    constexpr uint64_t kMapped = 0xffff0000;  // ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)
    put_16(out.key.low.bytes.data(), 0, low_first << 32 | kMapped);
    put_16(out.key.high.bytes.data(), 0, low_first >> 32 << 32 | kMapped);
  }
  static bool header_holds(const uint8_t* ip) { return fold_sum(short_sum({ip, kHeader})) == 0xffff; }
  static uint64_t sum_of_ends(const uint8_t* ip) { return short_sum({ip + 12, 8}); }
};

struct Ip6 {
  static constexpr uint32_t kHeader = 40, kVersion = 6;
  static bool is_usual(const uint8_t* ip) { return ip[0] >> 4 == 6 && be16(ip + 4) != 0; }
  static uint32_t total(const uint8_t* ip) { return kHeader + be16(ip + 4); }
  static uint32_t protocol(const uint8_t* ip) { return ip[6]; }
  static void put_ends(const uint8_t* ip, uint32_t ports, Layers& out) {
    using Wide = unsigned __int128;
    const uint8_t* const from = ip + 8;
    const uint8_t* const to = ip + 24;
    const Wide source = Wide{be64(from)} << 64 | be64(from + 8), destination = Wide{be64(to)} << 64 | be64(to + 8);
    const bool ports_rise = ports >> 16 <= (ports & 0xffff);
    out.from_low = (source < destination) | ((source == destination) & ports_rise);
    const uint8_t* const ends[] = {to, from};
    const uint8_t* const low = ends[out.from_low];
    const uint8_t* const high = ends[!out.from_low];
    put_16(out.key.low.bytes.data(), word_at<uint64_t>(low), word_at<uint64_t>(low + 8));
    put_16(out.key.high.bytes.data(), word_at<uint64_t>(high), word_at<uint64_t>(high + 8));
  }
  static bool header_holds(const uint8_t*) { return true; }  // it has no checksum
  static uint64_t sum_of_ends(const uint8_t* ip) { return short_sum({ip + 8, 32}); }
};

// Header bytes of the segment or datagram, and its length; a header of 0: not TCP or UDP as it should be.
struct Transport {
  uint32_t header, length;
};

Transport transport(const uint8_t* l4, uint32_t protocol, uint32_t body, Layers& out) {
  if (protocol == kIpProtoTcp && body >= kTcpBytes) {
    const uint32_t header = uint32_t{l4[12]} >> 4 << 2;
    out.tcp_seq = be32(l4 + 4);
    out.tcp_ack = be32(l4 + 8);
    out.tcp_flags = l4[13];
    return {header >= kTcpBytes && header <= body ? header : 0, body};
  }
  if (protocol != kIpProtoUdp || body < kUdpBytes) return {0, 0};
  const uint32_t length = be16(l4 + 4);
  return {length >= kUdpBytes && length <= body ? kUdpBytes : 0, length};
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

template <class Ip>
bool decode_ip(const Place& at, Layers& out, Checksums checksums) {
  if (at.room < Ip::kHeader || !Ip::is_usual(at.ip)) return false;
  const uint32_t total = Ip::total(at.ip), protocol = Ip::protocol(at.ip);
  if (total < Ip::kHeader || total > at.room) return false;
  out = Layers{};
  const uint8_t* const l4 = at.ip + Ip::kHeader;
  const Transport inner = transport(l4, protocol, total - Ip::kHeader, out);
  if (inner.header == 0) return false;
  const uint32_t ports = be32(l4);  // the source's above the destination's
  Ip::put_ends(at.ip, ports, out);
  const uint32_t low_first = std::rotl(ports, out.from_low ? 16 : 0);  // the low end's below
  put_16(&out.key.low_port, low_first | uint64_t{at.vlan} << 32, Ip::kVersion << 8 | protocol);
  out.result = DecodeResult::kOk;
  out.bad_checksum = checksums == Checksums::kVerify && !checksums_hold<Ip>(at.ip, inner.length);
  out.plain = (out.tcp_flags & (kTcpSyn | kTcpFin | kTcpRst)) == 0;
  out.l3_bytes = total;
  out.l3_offset = static_cast<uint16_t>(at.offset);
  out.l4_offset = static_cast<uint16_t>(at.offset + Ip::kHeader);
  out.payload_offset = static_cast<uint16_t>(at.offset + Ip::kHeader + inner.header);
  out.payload_bytes = static_cast<uint16_t>(inner.length - inner.header);
  return true;
}
static_assert(offsetof(FlowKey, high_port) == 34 && offsetof(FlowKey, vlan_outer) == 36 &&
              offsetof(FlowKey, protocol) == 40 && offsetof(FlowKey, ip_version) == 41);

}  // namespace

bool decode_usual(std::span<const uint8_t> frame, Layers& out, Checksums checksums) {
  if (frame.size() < kEthernetBytes + kTagBytes + Ip4::kHeader || frame.size() > kLongestFrame) return false;
  const uint8_t* const bytes = frame.data();
  uint32_t type = be16(bytes + 12), vlan = 0, offset = kEthernetBytes;
  if (type == kTypeVlan) {
    vlan = be16(bytes + 14) & 0x0fff;
    type = be16(bytes + 16);
    offset += kTagBytes;
  }
  const Place at{bytes + offset, offset, static_cast<uint32_t>(frame.size()) - offset, vlan};
  if (type == kTypeIp4) return decode_ip<Ip4>(at, out, checksums);
  return type == kTypeIp6 && decode_ip<Ip6>(at, out, checksums);
}

}  // namespace glacis
