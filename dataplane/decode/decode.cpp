#include "dataplane/decode/decode.h"

#include <utility>

#include "dataplane/base/byte_cursor.h"
#include "dataplane/decode/checksum.h"

namespace glacis {
namespace {

constexpr uint16_t kTypeIp4 = 0x0800, kTypeIp6 = 0x86dd;
constexpr uint16_t kTypeVlan = 0x8100, kTypeQinq = 0x88a8, kTypeOldQinq = 0x9100;

// IPv6 extension headers that carry on to another header (RFC 8200, 4).
constexpr uint8_t kHopByHop = 0, kRouting = 43, kFragmentHeader = 44, kDestination = 60, kMobility = 135, kHip = 139,
                  kShim6 = 140;
constexpr uint8_t kNoNextHeader = 59;

struct IpPacket {
  IpAddress source, destination;
  uint8_t protocol = 0;
  uint8_t ip_version = 0;
  bool first_of_fragments = false;
  std::span<const uint8_t> body;  // what follows the IP headers, cut to the IP length
  bool whole = true;              // the captured bytes reach the IP length
};

class Decoder {
 public:
  Decoder(std::span<const uint8_t> frame, bool quoted, Checksums checksums)
      : frame_(frame), quoted_(quoted), verify_(!quoted && checksums == Checksums::kVerify) {}

  Layers run(LinkType link) {
    out_.result = link_layer(link);
    const bool turning = out_.key.protocol == kIpProtoTcp && (out_.tcp_flags & (kTcpSyn | kTcpFin | kTcpRst)) != 0;
    out_.plain = out_.result == DecodeResult::kOk && !out_.icmp_error && !turning;
    return out_;
  }
  Layers run_quoted() {
    out_.result = ip(0);
    return out_;
  }

 private:
  DecodeResult link_layer(LinkType link);
  DecodeResult ethernet();
  DecodeResult by_ether_type(uint16_t type, ByteCursor& cursor);
  DecodeResult ip(size_t offset);
  DecodeResult ip4(size_t offset);
  DecodeResult ip6(size_t offset);
  DecodeResult transport(const IpPacket& packet);
  [[nodiscard]] DecodeResult short_of_header(const IpPacket& packet) const;
  DecodeResult tcp(const IpPacket& packet, ByteCursor cursor);
  DecodeResult udp(const IpPacket& packet, ByteCursor cursor);
  DecodeResult sctp(const IpPacket& packet, ByteCursor cursor);
  DecodeResult icmp(const IpPacket& packet, ByteCursor cursor);
  void key(const IpPacket& packet, uint16_t source_port, uint16_t destination_port);
  void check(const IpPacket& packet);
  void payload(const IpPacket& packet, size_t header_bytes);

  std::span<const uint8_t> frame_;
  bool quoted_;  // a packet inside an ICMP error: cut short is normal, nothing is verified
  bool verify_;
  Layers out_;
};

DecodeResult Decoder::link_layer(LinkType link) {
  ByteCursor cursor(frame_);
  switch (link) {
    case LinkType::kEthernet:
      return ethernet();
    case LinkType::kRawIp:
    case LinkType::kRawIp4:
    case LinkType::kRawIp6:
      return ip(0);
    case LinkType::kNull:
    case LinkType::kLoop:
      return ip(4);
    case LinkType::kLinuxCooked:
      cursor.skip(14);
      return by_ether_type(cursor.u16(), cursor);
    case LinkType::kLinuxCooked2: {
      const uint16_t type = cursor.u16();
      cursor.skip(18);
      return by_ether_type(type, cursor);
    }
  }
  return DecodeResult::kUnsupportedLink;
}

DecodeResult Decoder::ethernet() {
  ByteCursor cursor(frame_);
  cursor.skip(12);
  return by_ether_type(cursor.u16(), cursor);
}

DecodeResult Decoder::by_ether_type(uint16_t type, ByteCursor& cursor) {
  for (int tags = 0; type == kTypeVlan || type == kTypeQinq || type == kTypeOldQinq; ++tags) {
    if (tags == kMaxVlanTags) return DecodeResult::kTooDeep;
    const uint16_t vlan = cursor.u16() & 0x0fff;
    if (tags == 0) {
      out_.key.vlan_outer = vlan;
    } else {
      out_.key.vlan_inner = vlan;
    }
    type = cursor.u16();
  }
  if (!cursor.ok()) return DecodeResult::kTruncated;
  if (type == kTypeIp4) return ip4(cursor.offset());
  if (type == kTypeIp6) return ip6(cursor.offset());
  return DecodeResult::kNotIp;  // ARP, LLC (an 802.3 length), anything else
}

DecodeResult Decoder::ip(size_t offset) {
  if (offset >= frame_.size()) return DecodeResult::kTruncated;
  const int version = frame_[offset] >> 4;
  if (version == 4) return ip4(offset);
  if (version == 6) return ip6(offset);
  return DecodeResult::kNotIp;
}

DecodeResult Decoder::ip4(size_t offset) {
  ByteCursor cursor(frame_.subspan(offset));
  const uint8_t first = cursor.u8();
  cursor.skip(1);
  const uint16_t total = cursor.u16();
  cursor.skip(2);
  const uint16_t fragment = cursor.u16();
  cursor.skip(1);
  IpPacket packet;
  packet.protocol = cursor.u8();
  cursor.skip(2);
  packet.source = IpAddress::from_bytes(cursor.take(4));
  packet.destination = IpAddress::from_bytes(cursor.take(4));
  if (!cursor.ok()) return DecodeResult::kTruncated;
  const size_t header = static_cast<size_t>(first & 0x0f) * 4;
  if (first >> 4 != 4 || header < 20) return DecodeResult::kBadHeader;
  const auto rest = frame_.subspan(offset);
  if (rest.size() < header) return DecodeResult::kTruncated;
  // A total length of 0 is what segmentation offload leaves on the sending host.
  const size_t length = total == 0 ? rest.size() : total;
  if (length < header) return DecodeResult::kBadLength;
  if (length > rest.size() && !quoted_) return DecodeResult::kTruncated;
  packet.whole = length <= rest.size();
  out_.l3_offset = static_cast<uint16_t>(offset);
  out_.l3_bytes = static_cast<uint32_t>(length);
  out_.l4_offset = static_cast<uint16_t>(offset + header);
  out_.key.ip_version = packet.ip_version = 4;
  if (verify_ && !checksum_holds(ones_sum(rest.first(header)))) out_.bad_checksum = true;
  packet.body = rest.first(packet.whole ? length : rest.size()).subspan(header);
  if ((fragment & 0x1fff) != 0) return DecodeResult::kFragment;
  packet.first_of_fragments = (fragment & 0x2000) != 0;
  return transport(packet);
}

DecodeResult Decoder::ip6(size_t offset) {
  const auto rest = frame_.subspan(offset);
  ByteCursor cursor(rest);
  const uint32_t first = cursor.u32();
  const uint16_t payload_length = cursor.u16();
  uint8_t next = cursor.u8();
  cursor.skip(1);
  IpPacket packet;
  packet.source = IpAddress::from_bytes(cursor.take(16));
  packet.destination = IpAddress::from_bytes(cursor.take(16));
  if (!cursor.ok()) return DecodeResult::kTruncated;
  if (first >> 28 != 6) return DecodeResult::kBadHeader;
  // 0 is also what segmentation offload leaves; with a hop-by-hop header it would be a jumbogram, and
  // with no next header there is nothing.
  const bool unstated = payload_length == 0 && next != kHopByHop && next != kNoNextHeader;
  const size_t length = unstated ? rest.size() : 40u + payload_length;
  if (length > rest.size() && !quoted_) return DecodeResult::kTruncated;
  packet.whole = length <= rest.size();
  out_.l3_offset = static_cast<uint16_t>(offset);
  out_.l3_bytes = static_cast<uint32_t>(length);
  out_.key.ip_version = packet.ip_version = 6;

  ByteCursor headers(rest.first(packet.whole ? length : rest.size()));
  headers.skip(40);
  for (int count = 0;; ++count) {
    const bool extension = next == kHopByHop || next == kRouting || next == kFragmentHeader || next == kDestination ||
                           next == kMobility || next == kHip || next == kShim6;
    if (!extension) break;
    if (count == kMaxExtensionHeaders) return DecodeResult::kTooDeep;
    const bool fragment_header = next == kFragmentHeader;
    next = headers.u8();
    const uint8_t units = headers.u8();
    if (fragment_header) {
      const uint16_t fragment = headers.u16();
      headers.skip(4);
      if (!headers.ok()) return short_of_header(packet);
      if ((fragment & 0xfff8) != 0) return DecodeResult::kFragment;
      packet.first_of_fragments = (fragment & 1) != 0;
    } else {
      headers.skip(6 + static_cast<size_t>(units) * 8);
    }
    if (!headers.ok()) return short_of_header(packet);
  }
  packet.protocol = next;
  out_.l4_offset = static_cast<uint16_t>(offset + headers.offset());
  packet.body = headers.take(headers.left());
  return transport(packet);
}

// The IP packet ends inside a header: the rest is in a later fragment, was not captured or never was.
DecodeResult Decoder::short_of_header(const IpPacket& packet) const {
  if (packet.first_of_fragments) return DecodeResult::kFragment;
  return packet.whole && !quoted_ ? DecodeResult::kBadLength : DecodeResult::kTruncated;
}

DecodeResult Decoder::transport(const IpPacket& packet) {
  out_.key.protocol = packet.protocol;
  const ByteCursor cursor(packet.body);
  switch (packet.protocol) {
    case kIpProtoTcp:
      return tcp(packet, cursor);
    case kIpProtoUdp:
      return udp(packet, cursor);
    case kIpProtoSctp:
      return sctp(packet, cursor);
    case kIpProtoIcmp:
    case kIpProtoIcmpV6:
      return icmp(packet, cursor);
    default:
      key(packet, 0, 0);
      return DecodeResult::kOk;
  }
}

DecodeResult Decoder::tcp(const IpPacket& packet, ByteCursor cursor) {
  const uint16_t source = cursor.u16();
  const uint16_t destination = cursor.u16();
  if (quoted_) {  // an ICMP error need only quote 8 bytes (RFC 792)
    if (!cursor.ok()) return short_of_header(packet);
    key(packet, source, destination);
    return DecodeResult::kOk;
  }
  out_.tcp_seq = cursor.u32();
  out_.tcp_ack = cursor.u32();
  const size_t header = static_cast<size_t>(cursor.u8() >> 4) * 4;
  out_.tcp_flags = cursor.u8();
  cursor.skip(6);
  if (!cursor.ok()) return short_of_header(packet);
  if (header < 20) return DecodeResult::kBadHeader;
  if (header > packet.body.size()) return short_of_header(packet);
  key(packet, source, destination);
  check(packet);
  payload(packet, header);
  return DecodeResult::kOk;
}

DecodeResult Decoder::udp(const IpPacket& packet, ByteCursor cursor) {
  const uint16_t source = cursor.u16();
  const uint16_t destination = cursor.u16();
  const uint16_t length = cursor.u16();
  const uint16_t checksum = cursor.u16();
  if (!cursor.ok()) return short_of_header(packet);
  const bool cut = quoted_ || packet.first_of_fragments;
  if (!cut && length != 0 && (length < 8 || length > packet.body.size())) return DecodeResult::kBadLength;
  key(packet, source, destination);
  IpPacket datagram = packet;
  if (!cut && length != 0) datagram.body = packet.body.first(length);
  if (checksum != 0) check(datagram);
  payload(datagram, 8);
  return DecodeResult::kOk;
}

DecodeResult Decoder::sctp(const IpPacket& packet, ByteCursor cursor) {
  const uint16_t source = cursor.u16();
  const uint16_t destination = cursor.u16();
  if (!cursor.ok()) return short_of_header(packet);
  if (!quoted_ && packet.body.size() < 12) return short_of_header(packet);
  key(packet, source, destination);
  if (!quoted_) payload(packet, 12);
  return DecodeResult::kOk;
}

// The type of the message that answers `type`, -1 when none does (Community ID v1).
int counterpart(uint8_t protocol, uint8_t type) {
  constexpr std::pair<uint8_t, uint8_t> kV4[] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};
  constexpr std::pair<uint8_t, uint8_t> kV6[] = {{128, 129}, {133, 134}, {135, 136},
                                                 {130, 131}, {139, 140}, {144, 145}};
  const auto find = [type](const auto& pairs) {
    for (const auto& [a, b] : pairs) {
      if (type == a) return static_cast<int>(b);
      if (type == b) return static_cast<int>(a);
    }
    return -1;
  };
  return protocol == kIpProtoIcmp ? find(kV4) : find(kV6);
}

bool icmp_is_error(uint8_t protocol, uint8_t type) {
  if (protocol == kIpProtoIcmpV6) return type >= 1 && type <= 4;
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

// Unreachable (RFC 792; RFC 4443, 3.1), but not "fragmentation needed", which asks for smaller packets.
bool icmp_is_refusal(uint8_t protocol, uint8_t type, uint8_t code) {
  if (protocol == kIpProtoIcmpV6) return type == 1;
  return type == 3 && code != 4;
}

DecodeResult Decoder::icmp(const IpPacket& packet, ByteCursor cursor) {
  const uint8_t type = cursor.u8();
  const uint8_t code = cursor.u8();
  if (!cursor.ok()) return short_of_header(packet);
  if (!quoted_ && icmp_is_error(packet.protocol, type) && packet.body.size() > 8) {
    const Layers inner = Decoder(packet.body.subspan(8), true, Checksums::kKnownGood).run_quoted();
    if (inner.result == DecodeResult::kOk) {
      const FlowKey outer = out_.key;
      out_.key = inner.key;
      out_.key.vlan_outer = outer.vlan_outer;
      out_.key.vlan_inner = outer.vlan_inner;
      // The error travels against the packet it quotes.
      out_.from_low = !inner.from_low;
      out_.icmp_error = true;
      out_.icmp_refusal = icmp_is_refusal(packet.protocol, type, code);
      check(packet);
      return DecodeResult::kOk;
    }
  }
  const int answer = counterpart(packet.protocol, type);
  key(packet, type, answer < 0 ? code : static_cast<uint16_t>(answer));
  if (!packet.first_of_fragments) check(packet);
  return DecodeResult::kOk;
}

void Decoder::key(const IpPacket& packet, uint16_t source_port, uint16_t destination_port) {
  const auto from = std::pair(packet.source, source_port);
  const auto to = std::pair(packet.destination, destination_port);
  out_.from_low = from <= to;
  const auto& [low, high] = out_.from_low ? std::pair(from, to) : std::pair(to, from);
  out_.key.low = low.first;
  out_.key.low_port = low.second;
  out_.key.high = high.first;
  out_.key.high_port = high.second;
  out_.key.protocol = packet.protocol;
}

void Decoder::check(const IpPacket& packet) {
  if (!verify_ || packet.first_of_fragments || !packet.whole) return;
  uint32_t sum = 0;
  if (packet.protocol != kIpProtoIcmp) {  // pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1)
    const bool v4 = packet.ip_version == 4;
    const auto source = std::span<const uint8_t>(packet.source.bytes).subspan(v4 ? 12 : 0);
    const auto destination = std::span<const uint8_t>(packet.destination.bytes).subspan(v4 ? 12 : 0);
    sum = ones_sum(destination, ones_sum(source));
    sum += packet.protocol;
    sum += static_cast<uint32_t>(packet.body.size() >> 16) + (packet.body.size() & 0xffff);
  }
  if (!checksum_holds(ones_sum(packet.body, sum))) out_.bad_checksum = true;
}

void Decoder::payload(const IpPacket& packet, size_t header_bytes) {
  if (packet.body.size() < header_bytes) return;
  out_.payload_offset = static_cast<uint16_t>(out_.l4_offset + header_bytes);
  out_.payload_bytes = static_cast<uint16_t>(packet.body.size() - header_bytes);
}

}  // namespace

bool link_type_known(uint32_t pcap_link_type) {
  switch (static_cast<LinkType>(pcap_link_type)) {
    case LinkType::kNull:
    case LinkType::kEthernet:
    case LinkType::kRawIp:
    case LinkType::kLoop:
    case LinkType::kLinuxCooked:
    case LinkType::kRawIp4:
    case LinkType::kRawIp6:
    case LinkType::kLinuxCooked2:
      return pcap_link_type <= 0xffff;
  }
  return false;
}

Layers decode(std::span<const uint8_t> frame, LinkType link, Checksums checksums) {
  // Offsets are 16 bits; no link carries more in one frame than an IP packet and its headers.
  constexpr size_t kLongestFrame = 0xffff;
  return Decoder(frame.first(frame.size() < kLongestFrame ? frame.size() : kLongestFrame), false, checksums).run(link);
}

}  // namespace glacis
