#include "dataplane/decode/decode_usual.h"

#include <cstring>

#include "dataplane/decode/checksum.h"

namespace glacis {
namespace {

constexpr size_t kEthernetBytes = 14, kTagBytes = 4, kIpBytes = 20, kTcpBytes = 20, kUdpBytes = 8;
constexpr size_t kLongestFrame = 0xffff;

uint16_t be16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap16(value);
}
uint32_t be32(const uint8_t* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}
struct Usual {
  const uint8_t* ip;
  size_t ip_offset;
  size_t total;  // of the IP packet
  uint16_t vlan;
};

// The place of a whole IPv4 header without options behind Ethernet; false: something else.
bool find_ip(std::span<const uint8_t> frame, Usual& out) {
  if (frame.size() < kEthernetBytes + kTagBytes + kIpBytes || frame.size() > kLongestFrame) return false;
  uint16_t type = be16(frame.data() + 12);
  out.ip_offset = kEthernetBytes;
  out.vlan = 0;
  if (type == 0x8100) {
    out.vlan = be16(frame.data() + 14) & 0x0fff;
    type = be16(frame.data() + 16);
    out.ip_offset += kTagBytes;
  }
  out.ip = frame.data() + out.ip_offset;
  if (type != 0x0800 || out.ip[0] != 0x45) return false;
  out.total = be16(out.ip + 2);
  const bool fragment = (be16(out.ip + 6) & 0x3fff) != 0;
  return !fragment && out.total >= kIpBytes && out.total <= frame.size() - out.ip_offset;
}

void put_address(IpAddress& out, const uint8_t* four) {
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::memcpy(out.bytes.data(), kMapped, sizeof kMapped);
  std::memcpy(out.bytes.data() + sizeof kMapped, four, 4);
}

void put_key(const Usual& at, const uint8_t* l4, Layers& out) {
  const uint32_t source = be32(at.ip + 12), destination = be32(at.ip + 16);
  const uint16_t from = be16(l4), to = be16(l4 + 2);
  out.from_low = source != destination ? source < destination : from <= to;
  put_address(out.key.low, at.ip + (out.from_low ? 12 : 16));
  put_address(out.key.high, at.ip + (out.from_low ? 16 : 12));
  out.key.low_port = out.from_low ? from : to;
  out.key.high_port = out.from_low ? to : from;
  out.key.vlan_outer = at.vlan;
  out.key.protocol = at.ip[9];
  out.key.ip_version = 4;
}

// Header bytes and length of the segment or datagram; false: not TCP or UDP as it should be.
bool measure(const Usual& at, const uint8_t* l4, Layers& out, size_t& header, size_t& length) {
  const size_t body = at.total - kIpBytes;
  if (at.ip[9] == kIpProtoTcp) {
    if (body < kTcpBytes) return false;
    header = static_cast<size_t>(l4[12] >> 4) * 4;
    length = body;
    out.tcp_seq = be32(l4 + 4);
    out.tcp_ack = be32(l4 + 8);
    out.tcp_flags = l4[13];
    return header >= kTcpBytes && header <= body;
  }
  if (at.ip[9] != kIpProtoUdp || body < kUdpBytes) return false;
  header = kUdpBytes;
  length = be16(l4 + 4);
  return length >= kUdpBytes && length <= body;
}

bool checksums_hold(const Usual& at, const uint8_t* l4, size_t length) {
  if (fold_sum(machine_sum({at.ip, kIpBytes})) != 0xffff) return false;
  const bool unused = at.ip[9] == kIpProtoUdp && l4[6] == 0 && l4[7] == 0;
  if (unused) return true;
  const uint64_t pseudo =
      machine_sum({at.ip + 12, 8}) + __builtin_bswap16(at.ip[9]) + __builtin_bswap16(static_cast<uint16_t>(length));
  return fold_sum(pseudo + machine_sum({l4, length})) == 0xffff;
}

}  // namespace

bool decode_usual(std::span<const uint8_t> frame, Layers& out) {
  Usual at;
  if (!find_ip(frame, at)) return false;
  const uint8_t* const l4 = at.ip + kIpBytes;
  out = Layers{};
  size_t header = 0, length = 0;
  if (!measure(at, l4, out, header, length)) return false;
  put_key(at, l4, out);
  out.result = DecodeResult::kOk;
  out.bad_checksum = !checksums_hold(at, l4, length);
  out.plain = (out.tcp_flags & (kTcpSyn | kTcpFin | kTcpRst)) == 0;
  out.l3_bytes = static_cast<uint32_t>(at.total);
  out.l3_offset = static_cast<uint16_t>(at.ip_offset);
  out.l4_offset = static_cast<uint16_t>(at.ip_offset + kIpBytes);
  out.payload_offset = static_cast<uint16_t>(out.l4_offset + header);
  out.payload_bytes = static_cast<uint16_t>(length - header);
  return true;
}

}  // namespace glacis
