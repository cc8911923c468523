#pragma once

#include <cstdint>

#include "dataplane/base/ip_address.h"

namespace glacis {

// Bits of the TCP header's flags byte (RFC 9293, 3.1).
inline constexpr uint8_t kTcpFin = 0x01, kTcpSyn = 0x02, kTcpRst = 0x04, kTcpPsh = 0x08, kTcpAck = 0x10, kTcpUrg = 0x20;
inline constexpr uint8_t kIpProtoIcmp = 1, kIpProtoTcp = 6, kIpProtoUdp = 17, kIpProtoIcmpV6 = 58, kIpProtoSctp = 132;

// Why a packet has no flow. Each is counted once per packet, per core.
enum class DecodeResult : uint8_t {
  kOk,
  kNotIp,            // ARP, LLC, other EtherTypes: counted, not an error
  kTruncated,        // a header reaches past the captured bytes
  kBadLength,        // a length field contradicts another or the captured bytes
  kBadHeader,        // version, header length or options out of range
  kFragment,         // a fragment that cannot be keyed (reassembly is not there yet)
  kTooDeep,          // more than kMaxVlanTags tags or kMaxExtensionHeaders headers
  kUnsupportedLink,  // link type of the capture
  kCount,
};
inline constexpr int kMaxVlanTags = 4;
inline constexpr int kMaxExtensionHeaders = 8;

// Whose word counts on checksums: decode()'s own sums, or somebody's who has verified them (a NIC).
enum class Checksums : uint8_t { kVerify, kKnownGood };

// The symmetric key of a flow: the end with the smaller (address, port) stands first.
struct FlowKey {
  IpAddress low, high;
  uint16_t low_port = 0, high_port = 0;     // ICMP: as in Community ID v1 (type, counterpart or code)
  uint16_t vlan_outer = 0, vlan_inner = 0;  // VLAN ids, 0 = none
  uint8_t protocol = 0;                     // IP protocol number
  uint8_t ip_version = 0;                   // 4 or 6
  uint8_t zero[6] = {};                     // padding is part of the hashed bytes: always 0
  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};
static_assert(sizeof(FlowKey) == 48);

// One packet as decode() saw it. Offsets count from the frame's first byte.
struct Layers {
  FlowKey key;
  bool from_low = true;  // the packet's source is key.low
  DecodeResult result = DecodeResult::kTruncated;
  uint8_t tcp_flags = 0;
  bool bad_checksum = false;  // IPv4, TCP or UDP; reported, not dropped
  bool plain = false;         // neither an ICMP error nor TCP with SYN, FIN or RST
  bool icmp_error = false;    // key is that of the quoted packet (RFC 792, RFC 4443)
  bool icmp_refusal = false;  // and it says that the destination is unreachable, for good
  uint32_t tcp_seq = 0, tcp_ack = 0;
  uint32_t l3_bytes = 0;  // length of the IP packet by its header
  uint16_t l3_offset = 0, l4_offset = 0;
  uint16_t payload_offset = 0;
  uint16_t payload_bytes = 0;  // of TCP, UDP or SCTP; Ethernet padding excluded

  [[nodiscard]] const IpAddress& source() const { return from_low ? key.low : key.high; }
  [[nodiscard]] const IpAddress& destination() const { return from_low ? key.high : key.low; }
  [[nodiscard]] uint16_t source_port() const { return from_low ? key.low_port : key.high_port; }
  [[nodiscard]] uint16_t destination_port() const { return from_low ? key.high_port : key.low_port; }
};

}  // namespace glacis
