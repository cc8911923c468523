#pragma once

#include <cstdint>

#include "dataplane/base/anomaly.h"
#include "dataplane/base/ip_address.h"

namespace glacis {

// Bits of the TCP header's flags byte (RFC 9293, 3.1).
inline constexpr uint8_t kTcpFin = 0x01, kTcpSyn = 0x02, kTcpRst = 0x04, kTcpPsh = 0x08, kTcpAck = 0x10, kTcpUrg = 0x20;
inline constexpr uint8_t kIpProtoIcmp = 1, kIpProtoTcp = 6, kIpProtoUdp = 17, kIpProtoIcmpV6 = 58, kIpProtoSctp = 132;
inline constexpr uint8_t kIpProtoIp4 = 4, kIpProtoIp6 = 41, kIpProtoGre = 47, kIpProtoEsp = 50, kIpProtoAh = 51;

// Why a packet has no flow. Each is counted once per packet, per core.
enum class DecodeResult : uint8_t {
  kOk,
  kNotIp,            // ARP, LLC, other EtherTypes: counted, not an error
  kTruncated,        // a header reaches past the captured bytes
  kBadLength,        // a length field contradicts another or the captured bytes
  kBadHeader,        // version, header length or options out of range
  kFragment,         // a fragment, the first ones too: Layers::fragment is what a defragmenter needs
  kTooDeep,          // more than a limit below, and no IP header before it to key by
  kUnsupportedLink,  // link type of the capture
  kCount,
};
inline constexpr int kMaxVlanTags = 4;          // of one frame
inline constexpr int kMaxExtensionHeaders = 8;  // of one IP packet
inline constexpr int kMaxMplsLabels = 8;        // of one stack
inline constexpr int kMaxTunnels = 4;           // IP in something in IP
inline constexpr int kMaxLayers = 24;           // frames, tags, label stacks, IP packets and tunnels, all in all

// Whose word counts on checksums: decode()'s own sums, or somebody's who has verified them (a NIC).
enum class Checksums : uint8_t { kVerify, kKnownGood };

// What carries the innermost IP packet, if not a frame alone.
enum class TunnelKind : uint8_t {
  kNone,
  kMpls,   // on the link, with no outer IP packet: these two are no tunnels by number and have no outer ends
  kPppoe,  // RFC 2516
  kIpInIp,
  k6in4,    // RFC 4213
  kGre,     // RFC 2784, 2890
  kPptp,    // GRE version 1 (RFC 2637)
  kErspan,  // types I, II and III
  kVxlan,   // RFC 7348
  kGeneve,  // RFC 8926
  kGtpU,    // 3GPP TS 29.281
  kTeredo,  // RFC 4380
  kCount,
};
[[nodiscard]] constexpr uint32_t segment_of(TunnelKind kind, uint32_t vni) {
  return static_cast<uint32_t>(kind) << 24 | (vni & 0xffffff);
}

// The symmetric key of a flow: the end with the smaller (address, port) stands first. Of a tunnelled flow the ends
// are the inner ones; nothing that differs by direction (MPLS labels, GTP TEID, PPTP call id, GRE key, ERSPAN
// session) is part of it.
struct FlowKey {
  IpAddress low, high;
  uint16_t low_port = 0, high_port = 0;     // ICMP: as in Community ID v1 (type, counterpart or code)
  uint16_t vlan_outer = 0, vlan_inner = 0;  // VLAN ids, 0 = none; of a tunnel's inner frame where there is one
  uint8_t protocol = 0;                     // IP protocol number
  uint8_t ip_version = 0;                   // 4 or 6
  uint8_t zero[2] = {};                     // padding is part of the hashed bytes: always 0
  uint32_t segment = 0;                     // segment_of() the innermost VXLAN or GENEVE header around it; 0: none
  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};
static_assert(sizeof(FlowKey) == 48);

// What a defragmenter needs of a fragment beside Layers' key (ends and protocol, ports 0), l3_offset and ttl. What
// stands from l3_offset on before the fragment's bytes (of IPv6: before the fragment header, which is the 8 bytes
// ahead of them) is the part that every fragment repeats. Nothing here is checked against other fragments.
struct FragmentInfo {
  uint32_t id = 0;           // 16 bits of IPv4, 32 of IPv6
  uint32_t offset = 0;       // of its bytes in the datagram; 0 to 65,528
  uint16_t data_offset = 0;  // of its bytes in the frame
  uint16_t bytes = 0;        // as many as the IP length says, and all there; may be 0
  uint16_t named_at = 0;     // in the frame: the byte that names the fragment header (IPv6) or the protocol (IPv4)
  uint8_t protocol = 0;      // what the datagram's bytes begin with: a protocol or a further IPv6 extension header
  bool more = false;         // not the last one
  friend bool operator==(const FragmentInfo&, const FragmentInfo&) = default;
};

// One packet as decode() saw it. Offsets count from the frame's first byte. Of a tunnelled packet this is the
// innermost IP packet that can be read, and anomalies are those of all the layers on the way there.
struct Layers {
  FlowKey key;
  bool from_low = true;  // the packet's source is key.low
  DecodeResult result = DecodeResult::kTruncated;
  uint8_t tcp_flags = 0;
  bool bad_checksum = false;  // IPv4, TCP, UDP or ICMP; reported, not dropped
  bool plain = false;         // neither an ICMP error nor TCP with SYN, FIN or RST
  bool icmp_error = false;    // key is that of the quoted packet (RFC 792, RFC 4443)
  bool icmp_refusal = false;  // and it says that the destination is unreachable, for good
  uint8_t ttl = 0;            // or hop limit
  uint32_t tcp_seq = 0, tcp_ack = 0;
  uint32_t l3_bytes = 0;  // length of the IP packet by its header
  uint16_t l3_offset = 0, l4_offset = 0;
  uint16_t payload_offset = 0;
  uint16_t payload_bytes = 0;  // of TCP, UDP or SCTP; Ethernet padding excluded
  AnomalySet anomalies;        // those of one packet alone
  // TCP's, not scaled; options of a broken list count up to where it breaks.
  uint16_t tcp_window = 0;
  uint16_t tcp_urgent = 0;          // the pointer, where URG is set
  uint16_t tcp_mss = 0;             // of a SYN; 0: none
  uint8_t tcp_window_scale = 0xff;  // of a SYN; 0xff: none
  bool tcp_has_time = false;        // the next two are there (RFC 7323, 3)
  uint32_t tcp_time = 0, tcp_time_echo = 0;
  // Means something when there is a tunnel: outer ends of the innermost one, none on a link.
  TunnelKind tunnel = TunnelKind::kNone;
  uint8_t tunnels = 0;        // IP packets around this one
  bool target_drops = false;  // it, or what carries it, came in overlapping fragments that its target discards
  IpAddress outer_source, outer_destination;
  FragmentInfo fragment;  // when the result is kFragment

  [[nodiscard]] const IpAddress& source() const { return from_low ? key.low : key.high; }
  [[nodiscard]] const IpAddress& destination() const { return from_low ? key.high : key.low; }
  [[nodiscard]] uint16_t source_port() const { return from_low ? key.low_port : key.high_port; }
  [[nodiscard]] uint16_t destination_port() const { return from_low ? key.high_port : key.low_port; }
};

}  // namespace glacis
