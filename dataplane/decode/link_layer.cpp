// What stands between a frame's first byte and an IP header, on a link or inside a tunnel.
#include "dataplane/decode/decoder.h"

namespace glacis {
namespace {

constexpr uint16_t kTypeIp4 = 0x0800, kTypeIp6 = 0x86dd, kTypeArp = 0x0806;
constexpr uint16_t kTypeVlan = 0x8100, kTypeQinq = 0x88a8, kTypeOldQinq = 0x9100;
constexpr uint16_t kTypeMpls = 0x8847, kTypeMplsUpstream = 0x8848;
constexpr uint16_t kTypePpp = 0x880b, kTypePppoe = 0x8864, kTypeMacsec = 0x88e5, kTypeEthernet = 0x6558;
constexpr uint16_t kLongest8023 = 1500;  // up to here a type is a length (IEEE 802.3, 3.2.6)
constexpr size_t kEthernetBytes = 14;
constexpr uint16_t kPppIp4 = 0x0021, kPppIp6 = 0x0057, kPppMpls = 0x0281, kPppMplsUpstream = 0x0283;

bool is_tag(uint16_t type) { return type == kTypeVlan || type == kTypeQinq || type == kTypeOldQinq; }

}  // namespace

Decoder::Next Decoder::link_layer(LinkType link) {
  switch (link) {
    case LinkType::kEthernet:
      return {Layer::kEthernet, 0};
    case LinkType::kRawIp:
    case LinkType::kRawIp4:
    case LinkType::kRawIp6:
    case LinkType::kOldRawIp:
    case LinkType::kOldRawIp2:
    case LinkType::kDatagram:
      return {Layer::kIp, 0};
    case LinkType::kNull:
    case LinkType::kLoop:
      return {Layer::kIp, 4};
    case LinkType::kLinuxCooked:
      return cooked(14, 16);
    case LinkType::kLinuxCooked2:
      return cooked(0, 20);
    case LinkType::kPpp:
      return {Layer::kPpp, 0};
    case LinkType::kPppSerial: {
      ByteCursor cursor(frame_);
      const uint8_t address = cursor.u8();
      if (address == 0x0f || address == 0x8f) return cooked(2, 4);
      return {Layer::kPpp, 0};
    }
    case LinkType::kPppoe:
      return {Layer::kPppoe, 0};
    case LinkType::kCiscoHdlc:
      return cooked(2, 4);
    case LinkType::kNflog:
      return nflog();
  }
  return done(DecodeResult::kUnsupportedLink);
}

// A header with an EtherType in it.
Decoder::Next Decoder::cooked(size_t protocol_at, size_t header_bytes) {
  constexpr uint16_t kLlcFrame = 4;  // ETH_P_802_2 of Linux
  ByteCursor cursor(rest(protocol_at));
  const uint16_t type = cursor.u16();
  if (frame_.size() < header_bytes) return done(DecodeResult::kTruncated);
  if (type == kLlcFrame) return {Layer::kLlc, header_bytes};
  if (type <= kLongest8023) return done(DecodeResult::kNotIp);
  return {Layer::kEtherType, header_bytes, type};
}

Decoder::Next Decoder::nflog() {
  constexpr uint16_t kPayload = 9;
  constexpr int kMost = 32;
  ByteCursor cursor(frame_);
  cursor.skip(4);
  const auto little = [&cursor] { return __builtin_bswap16(cursor.u16()); };
  for (int i = 0; i < kMost && cursor.ok(); ++i) {
    const uint16_t length = little();
    const uint16_t type = little() & 0x7fff;
    if (!cursor.ok() || length < 4) break;
    if (type == kPayload) {
      cut(cursor.offset() + length - 4);
      return {Layer::kIp, cursor.offset()};
    }
    cursor.skip(size_t{length - 1U} / 4 * 4);
  }
  return done(cursor.ok() ? DecodeResult::kNotIp : DecodeResult::kTruncated);
}

Decoder::Next Decoder::ethernet(size_t offset) {
  ByteCursor cursor(rest(offset));
  cursor.skip(12);
  const uint16_t type = cursor.u16();
  if (!cursor.ok()) return done(DecodeResult::kTruncated);
  // Of a tunnel's inner frame the tags replace those of the outer one.
  tags_ = 0;
  out_.key.vlan_outer = out_.key.vlan_inner = 0;
  return {Layer::kEtherType, offset + kEthernetBytes, type};
}

Decoder::Next Decoder::by_ether_type(uint16_t type, size_t offset) {
  ByteCursor cursor(rest(offset));
  while (is_tag(type)) {
    if (tags_ == kMaxVlanTags) return done(DecodeResult::kTooDeep);
    const uint16_t vlan = cursor.u16() & static_cast<uint16_t>(options_.vlan_in_key);
    (tags_ == 0 ? out_.key.vlan_outer : out_.key.vlan_inner) = vlan;
    ++tags_;
    type = cursor.u16();
  }
  if (!cursor.ok()) return done(DecodeResult::kTruncated);
  const size_t at = offset + cursor.offset();
  if (type <= kLongest8023) {
    cut(at + type);
    return {Layer::kLlc, at};
  }
  switch (type) {
    case kTypeIp4:
      return {Layer::kIp4, at};
    case kTypeIp6:
      return {Layer::kIp6, at};
    case kTypeMpls:
    case kTypeMplsUpstream:
      return {Layer::kMpls, at};
    case kTypePppoe:
      return {Layer::kPppoe, at};
    case kTypePpp:
      return {Layer::kPpp, at};
    case kTypeMacsec:
      return {Layer::kMacsec, at};
    case kTypeEthernet:
      return {Layer::kEthernet, at};
    default:
      return done(DecodeResult::kNotIp);  // ARP, and whatever else
  }
}

// IEEE 802.2, with or without SNAP (RFC 1042).
Decoder::Next Decoder::llc(size_t offset) {
  constexpr uint8_t kSnap = 0xaa, kIpSap = 0x06, kUnnumbered = 0x03;
  ByteCursor cursor(rest(offset));
  const uint8_t to = cursor.u8(), from = cursor.u8(), control = cursor.u8();
  if (!cursor.ok() || to != from || control != kUnnumbered) return done(DecodeResult::kNotIp);
  if (to == kIpSap) return {Layer::kIp4, offset + cursor.offset()};
  if (to != kSnap) return done(DecodeResult::kNotIp);
  const uint32_t organization = static_cast<uint32_t>(cursor.u8()) << 16 | cursor.u16();
  const uint16_t type = cursor.u16();
  if (!cursor.ok()) return done(DecodeResult::kTruncated);
  // 0x0000f8: tunnelled through a bridge (IEEE 802.1H). A length has no meaning here.
  if ((organization != 0 && organization != 0xf8) || type <= kLongest8023) return done(DecodeResult::kNotIp);
  return {Layer::kEtherType, offset + cursor.offset(), type};
}

// IEEE 802.1AE, 9.3. What is encrypted or changed (E or C) is opaque.
Decoder::Next Decoder::macsec(size_t offset) {
  constexpr uint8_t kVersion = 0x80, kSci = 0x20, kEncrypted = 0x08, kChanged = 0x04;
  constexpr size_t kIcvBytes = 16, kSciBytes = 8;
  ByteCursor cursor(rest(offset));
  const uint8_t control = cursor.u8();
  const uint8_t short_length = cursor.u8() & 0x3f;
  cursor.skip(4 + ((control & kSci) != 0 ? kSciBytes : 0));
  if (!cursor.ok()) return done(DecodeResult::kTruncated);
  if ((control & (kVersion | kEncrypted | kChanged)) != 0) return done(DecodeResult::kNotIp);
  const size_t data = offset + cursor.offset();
  if (cursor.left() < kIcvBytes + 2) return done(DecodeResult::kTruncated);
  cut(short_length != 0 ? data + short_length : frame_.size() - kIcvBytes);
  const uint16_t type = cursor.u16();
  return {Layer::kEtherType, data + 2, type};
}

// RFC 3032. What a stack carries is not said: IP by its version (its header must hold, as a station's address may begin
// alike), else a pseudowire's Ethernet (RFC 4448).
Decoder::Next Decoder::mpls(size_t offset) {
  constexpr uint32_t kBottom = 0x100;
  ByteCursor cursor(rest(offset));
  uint32_t entry = 0;
  for (int labels = 0; (entry & kBottom) == 0; ++labels) {
    if (labels == kMaxMplsLabels) return done(DecodeResult::kTooDeep);
    entry = cursor.u32();
    if (!cursor.ok()) return done(DecodeResult::kTruncated);
  }
  on_link(TunnelKind::kMpls);
  const size_t at = offset + cursor.offset();
  constexpr uint32_t kExplicitNull4 = 0, kExplicitNull6 = 2;
  if (entry >> 12 == kExplicitNull4) return {Layer::kIp4, at};
  if (entry >> 12 == kExplicitNull6) return {Layer::kIp6, at};
  ByteCursor header(rest(at));
  const uint8_t first = header.u8();
  header.skip(1);
  const uint16_t length4 = header.u16(), length6 = header.u16();
  if (!header.ok()) return done(DecodeResult::kTruncated);
  const size_t room = rest(at).size();
  const auto fits = [room](size_t length) {
    constexpr size_t kPadded = 46;  // a frame this short may have bytes behind the packet
    return length == room || (room <= kPadded && length < room);
  };
  const bool ip4_holds = first >> 4 == 4 && (first & 0x0f) >= 5 && length4 >= 20 && fits(length4);
  const bool ip6_holds = first >> 4 == 6 && fits(length6 + size_t{40});
  if (!ip4_holds && !ip6_holds) {
    const Next frame = pseudowire(at);
    if (frame.layer != Layer::kDone) return frame;
  }
  return {Layer::kIp, at};
}

// With a control word (its first four bits are 0) or without: where an EtherType that we know stands. Of a tagged frame
// without one, the type behind the tag stands where that of an untagged frame with one would.
Decoder::Next Decoder::pseudowire(size_t offset) const {
  constexpr size_t kControlWord = 4;
  const auto type_of = [this](size_t at) {
    ByteCursor cursor(rest(at));
    cursor.skip(12);
    return cursor.u16();
  };
  const auto known = [](uint16_t type) {
    return is_tag(type) || type == kTypeIp4 || type == kTypeIp6 || type == kTypeArp || type == kTypeMpls ||
           type == kTypePppoe || type == kTypeMacsec;
  };
  ByteCursor cursor(rest(offset));
  const bool may_have_word = cursor.u8() >> 4 == 0;
  const uint16_t type = type_of(offset);
  if (is_tag(type)) return {Layer::kEthernet, offset};
  if (may_have_word && known(type_of(offset + kControlWord))) return {Layer::kEthernet, offset + kControlWord};
  if (known(type)) return {Layer::kEthernet, offset};
  return done(DecodeResult::kNotIp);
}

// RFC 2516, 4: a session's packet.
Decoder::Next Decoder::pppoe(size_t offset) {
  ByteCursor cursor(rest(offset));
  const uint8_t version_type = cursor.u8();
  const uint8_t code = cursor.u8();
  cursor.skip(2);
  const uint16_t length = cursor.u16();
  if (!cursor.ok()) return done(DecodeResult::kTruncated);
  if (version_type != 0x11) return done(DecodeResult::kBadHeader);
  if (code != 0) return done(DecodeResult::kNotIp);  // discovery
  if (length > cursor.left()) return done(DecodeResult::kTruncated);
  on_link(TunnelKind::kPppoe);
  cut(offset + cursor.offset() + length);
  return {Layer::kPpp, offset + cursor.offset()};
}

// RFC 1661, 2 and 1662, 3.1: address, control and the protocol's first byte may be left out.
Decoder::Next Decoder::ppp(size_t offset) {
  ByteCursor cursor(rest(offset));
  uint16_t protocol = cursor.u8();
  if (protocol == 0xff) {
    cursor.skip(1);
    protocol = cursor.u8();
  }
  if ((protocol & 1) == 0) protocol = static_cast<uint16_t>(protocol << 8 | cursor.u8());
  if (!cursor.ok()) return done(DecodeResult::kTruncated);
  const size_t at = offset + cursor.offset();
  switch (protocol) {
    case kPppIp4:
      return {Layer::kIp4, at};
    case kPppIp6:
      return {Layer::kIp6, at};
    case kPppMpls:
    case kPppMplsUpstream:
      return {Layer::kMpls, at};
    default:
      return done(DecodeResult::kNotIp);
  }
}

// Inside a tunnel the tunnel is what is told.
void Decoder::on_link(TunnelKind kind) {
  if (out_.tunnels == 0) out_.tunnel = kind;
}

}  // namespace glacis
