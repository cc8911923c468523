// What carries a packet inside a packet: GRE and what goes through it, and tunnels over UDP.
#include "dataplane/decode/decoder.h"
#include "dataplane/decode/tunnel_port.h"

namespace glacis {
namespace {

constexpr uint16_t kTypePpp = 0x880b, kTypeErspan2 = 0x88be, kTypeErspan3 = 0x22eb;
constexpr uint16_t kLongestLength = 1500;  // a smaller type is none
constexpr size_t kUdpBytes = 8;

// Of GRE's first 16 bits (RFC 2784, 1701, 2637).
constexpr uint16_t kGreChecksum = 0x8000, kGreRouting = 0x4000, kGreKey = 0x2000, kGreSequence = 0x1000,
                   kGreAck = 0x0080, kGreVersion = 0x0007;

}  // namespace

// The packet so far is whole and has a key; it carries another one, which begins with `layer` at `offset`.
Decoder::Next Decoder::enter(TunnelKind kind, Layer layer, size_t offset, uint16_t type) {
  if (out_.tunnels == kMaxTunnels) {
    out_.anomalies.add(Anomaly::kTooDeep);
    return done(DecodeResult::kOk);
  }
  const Layers& outer = carrier_.emplace(out_);
  carrier_->result = DecodeResult::kOk;
  out_ = Layers{};
  out_.key.vlan_outer = outer.key.vlan_outer;
  out_.key.vlan_inner = outer.key.vlan_inner;
  out_.key.segment = outer.key.segment;
  out_.anomalies = outer.anomalies;
  out_.bad_checksum = outer.bad_checksum;
  out_.target_drops = outer.target_drops;
  out_.tunnel = kind;
  out_.tunnels = static_cast<uint8_t>(outer.tunnels + 1);
  out_.outer_source = outer.source();
  out_.outer_destination = outer.destination();
  return {layer, offset, type};
}

// A tunnel's own header cannot be read.
Decoder::Next Decoder::broken() {
  out_.anomalies.add(Anomaly::kBrokenTunnel);
  return done(DecodeResult::kOk);
}

Decoder::Next Decoder::gre(const IpPacket& packet) {
  ByteCursor header(packet.body);
  const uint16_t flags = header.u16();
  const uint16_t type = header.u16();
  if (!header.ok()) return broken();
  if ((flags & kGreVersion) == 0) return gre0(header, flags, type);
  if ((flags & kGreVersion) == 1) return pptp(header, flags, type);
  return done(DecodeResult::kOk);
}

Decoder::Next Decoder::gre0(ByteCursor& header, uint16_t flags, uint16_t type) {
  constexpr int kMostRoutes = 8;
  if ((flags & (kGreChecksum | kGreRouting)) != 0) header.skip(4);
  if ((flags & kGreKey) != 0) header.skip(4);
  if ((flags & kGreSequence) != 0) header.skip(4);
  bool routed = (flags & kGreRouting) != 0;
  for (int i = 0; routed; ++i) {
    if (i == kMostRoutes) return broken();
    const uint16_t family = header.u16();
    header.skip(1);
    const uint8_t length = header.u8();
    header.skip(length);
    routed = header.ok() && (family != 0 || length != 0);
  }
  if (!header.ok()) return broken();
  if (type == kTypeErspan2) return erspan2(header, flags);
  if (type == kTypeErspan3) return erspan3(header);
  if (type <= kLongestLength) return done(DecodeResult::kOk);  // 0: a keep-alive
  return enter(TunnelKind::kGre, Layer::kEtherType, out_.l4_offset + header.offset(), type);
}

// RFC 2637, 4.1: an acknowledgement alone carries nothing.
Decoder::Next Decoder::pptp(ByteCursor& header, uint16_t flags, uint16_t type) {
  const uint16_t length = header.u16();
  header.skip(2);
  if ((flags & kGreSequence) != 0) header.skip(4);
  if ((flags & kGreAck) != 0) header.skip(4);
  if (type != kTypePpp || (flags & kGreKey) == 0) return done(DecodeResult::kOk);
  if (!header.ok() || length > header.left()) return broken();
  if (length == 0 || (flags & kGreSequence) == 0) return done(DecodeResult::kOk);
  const size_t offset = out_.l4_offset + header.offset();
  cut(offset + length);
  return enter(TunnelKind::kPptp, Layer::kPpp, offset);
}

// ERSPAN types I, without a header or a sequence number, and II (draft-foschiano-erspan, 4.1, 4.2).
Decoder::Next Decoder::erspan2(ByteCursor& header, uint16_t flags) {
  constexpr size_t kHeader = 8;
  size_t offset = out_.l4_offset + header.offset();
  if ((flags & kGreSequence) != 0) {
    const uint8_t version = header.u8() >> 4;
    header.skip(kHeader - 1);
    if (!header.ok()) return broken();
    if (version != 1) return done(DecodeResult::kOk);
    offset += kHeader;
  }
  return enter(TunnelKind::kErspan, Layer::kEthernet, offset);
}

// Type III (4.3): with O a platform's own 8 bytes behind; P and frame type say what was mirrored.
Decoder::Next Decoder::erspan3(ByteCursor& header) {
  constexpr uint16_t kOptional = 1;
  constexpr uint32_t kEthernetFrame = 0, kIpPacket = 2;
  const uint8_t version = header.u8() >> 4;
  header.skip(9);
  const uint16_t bits = header.u16();
  if ((bits & kOptional) != 0) header.skip(8);
  if (!header.ok()) return broken();
  const uint32_t frame_type = bits >> 10 & 0x1f;
  if (version != 2 || (frame_type != kEthernetFrame && frame_type != kIpPacket)) return done(DecodeResult::kOk);
  const Layer layer = frame_type == kEthernetFrame ? Layer::kEthernet : Layer::kIp;
  return enter(TunnelKind::kErspan, layer, out_.l4_offset + header.offset());
}

// Ordinary UDP on such a port stays an ordinary flow: only a header that is as it must be is followed.
Decoder::Next Decoder::by_port(const IpPacket& datagram) {
  const uint16_t from = out_.source_port(), to = out_.destination_port();
  if (quoted_ || datagram.body.size() < kUdpBytes || !may_be_tunnel(from, to)) return done(DecodeResult::kOk);
  const auto payload = datagram.body.subspan(kUdpBytes);
  cut(size_t{out_.payload_offset} + payload.size());
  if (to == kPortVxlan || to == kPortOldVxlan) return vxlan(payload);
  if (to == kPortGeneve) return geneve(payload);
  if (to == kPortGtpU) return gtp_u(payload);
  return teredo(payload);
}

// RFC 7348, 5; the group policy's bits and id are taken too (draft-smith-vxlan-group-policy, 2.1).
Decoder::Next Decoder::vxlan(std::span<const uint8_t> payload) {
  constexpr uint8_t kVni = 0x08, kGroup = 0x80, kGroupBits = 0x48;
  ByteCursor header(payload);
  const uint8_t flags = header.u8(), group_bits = header.u8();
  const uint16_t group = header.u16();
  const uint32_t vni = header.u32();
  const bool grouped = flags == (kVni | kGroup) && (group_bits & ~kGroupBits) == 0;
  const bool plain = flags == kVni && group_bits == 0 && group == 0;
  if (!header.ok() || (!grouped && !plain) || (vni & 0xff) != 0) return done(DecodeResult::kOk);
  const Next inside = enter(TunnelKind::kVxlan, Layer::kEthernet, out_.payload_offset + header.offset());
  if (inside.layer != Layer::kDone) out_.key.segment = segment_of(TunnelKind::kVxlan, vni >> 8);
  return inside;
}

// RFC 8926, 3.4; options are stepped over.
Decoder::Next Decoder::geneve(std::span<const uint8_t> payload) {
  ByteCursor header(payload);
  const uint8_t version_length = header.u8(), flags = header.u8();
  const uint16_t type = header.u16();
  const uint32_t vni = header.u32();
  header.skip(static_cast<size_t>(version_length & 0x3f) * 4);
  const bool sane = version_length >> 6 == 0 && (flags & 0x3f) == 0 && (vni & 0xff) == 0 && type > kLongestLength;
  if (!header.ok() || !sane) return done(DecodeResult::kOk);
  const Next inside = enter(TunnelKind::kGeneve, Layer::kEtherType, out_.payload_offset + header.offset(), type);
  if (inside.layer != Layer::kDone) out_.key.segment = segment_of(TunnelKind::kGeneve, vni >> 8);
  return inside;
}

// 3GPP TS 29.281, 5: a G-PDU of version 1 whose length is that of the datagram.
Decoder::Next Decoder::gtp_u(std::span<const uint8_t> payload) {
  constexpr uint8_t kVersionMask = 0xf8, kVersion1 = 0x30, kExtension = 0x04, kOptional = 0x07, kUserData = 0xff;
  constexpr int kMostExtensions = 8;
  ByteCursor header(payload);
  const uint8_t flags = header.u8(), message = header.u8();
  const uint16_t length = header.u16();
  header.skip(4);
  if (!header.ok() || (flags & kVersionMask) != kVersion1 || message != kUserData || length != header.left()) {
    return done(DecodeResult::kOk);
  }
  uint8_t next = 0;
  if ((flags & kOptional) != 0) {
    header.skip(3);
    next = header.u8();
  }
  for (int i = 0; (flags & kExtension) != 0 && next != 0; ++i) {
    const uint8_t units = header.u8();
    if (units == 0 || i == kMostExtensions) return broken();
    header.skip(units * size_t{4} - 2);
    next = header.u8();
  }
  if (!header.ok()) return broken();
  // Other sessions than IP's carry Ethernet, PPP or what only the two ends know.
  return enter(TunnelKind::kGtpU, Layer::kIp, out_.payload_offset + header.offset());
}

// RFC 4380, 5.1.1: perhaps an authentication, perhaps an origin, then an IPv6 packet that fills the rest.
Decoder::Next Decoder::teredo(std::span<const uint8_t> payload) {
  constexpr uint16_t kAuthentication = 1, kOrigin = 0;
  constexpr size_t kIp6Header = 40;
  ByteCursor header(payload);
  ByteCursor ahead = header;
  if (ahead.u16() == kAuthentication && ahead.ok()) {
    const uint8_t client = ahead.u8(), value = ahead.u8();
    ahead.skip(size_t{client} + value + 9);
    header = ahead;
  }
  ahead = header;
  if (ahead.u16() == kOrigin && ahead.ok()) {
    ahead.skip(6);
    header = ahead;
  }
  const size_t offset = header.offset(), room = header.left();
  const uint8_t version = header.u8() >> 4;
  header.skip(3);
  const uint16_t length = header.u16();
  if (!header.ok() || version != 6 || length + kIp6Header != room) return done(DecodeResult::kOk);
  return enter(TunnelKind::kTeredo, Layer::kIp6, out_.payload_offset + offset);
}

}  // namespace glacis
