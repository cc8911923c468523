// TCP, UDP, SCTP and ICMP: ports, checksums, payload.
#include <utility>

#include "dataplane/decode/checksum.h"
#include "dataplane/decode/decoder.h"
#include "dataplane/decode/odd_flags.h"
#include "dataplane/decode/tcp_options.h"

namespace glacis {
namespace {

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

}  // namespace

Decoder::Next Decoder::transport(const IpPacket& packet) {
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
      break;
  }
  key(packet, 0, 0);
  if (quoted_) return done(DecodeResult::kOk);
  if (packet.protocol == kIpProtoIp4) return enter(TunnelKind::kIpInIp, Layer::kIp4, out_.l4_offset);
  if (packet.protocol == kIpProtoIp6) {
    return enter(packet.ip_version == 4 ? TunnelKind::k6in4 : TunnelKind::kIpInIp, Layer::kIp6, out_.l4_offset);
  }
  if (packet.protocol == kIpProtoGre) return gre(packet);
  return done(DecodeResult::kOk);  // ESP is opaque
}

Decoder::Next Decoder::tcp(const IpPacket& packet, ByteCursor cursor) {
  const uint16_t source = cursor.u16();
  const uint16_t destination = cursor.u16();
  if (quoted_) {  // an ICMP error need only quote 8 bytes (RFC 792)
    if (!cursor.ok()) return short_of_header(packet);
    key(packet, source, destination);
    return done(DecodeResult::kOk);
  }
  out_.tcp_seq = cursor.u32();
  out_.tcp_ack = cursor.u32();
  const size_t header = static_cast<size_t>(cursor.u8() >> 4) * 4;
  out_.tcp_flags = cursor.u8();
  out_.tcp_window = cursor.u16();
  cursor.skip(2);
  const uint16_t urgent = cursor.u16();
  if (!cursor.ok()) return short_of_header(packet);
  if (header < 20) return done(DecodeResult::kBadHeader);
  if (header > packet.body.size()) return short_of_header(packet);
  key(packet, source, destination);
  judge_ends();
  if (flags_no_tcp_sends(out_.tcp_flags)) out_.anomalies.add(Anomaly::kTcpFlags);
  if ((out_.tcp_flags & kTcpUrg) != 0) {
    out_.anomalies.add(Anomaly::kUrgentPointer);
    out_.tcp_urgent = urgent;
  }
  read_tcp_options(packet.body.subspan(20, header - 20), (out_.tcp_flags & kTcpSyn) != 0, out_);
  check(packet);
  payload(packet, header);
  return done(DecodeResult::kOk);
}

Decoder::Next Decoder::udp(const IpPacket& packet, ByteCursor cursor) {
  const uint16_t source = cursor.u16();
  const uint16_t destination = cursor.u16();
  const uint16_t length = cursor.u16();
  const uint16_t checksum = cursor.u16();
  if (!cursor.ok()) return short_of_header(packet);
  if (!quoted_ && length != 0 && (length < 8 || length > packet.body.size())) return done(DecodeResult::kBadLength);
  key(packet, source, destination);
  IpPacket datagram = packet;
  if (!quoted_ && length != 0) datagram.body = packet.body.first(length);
  if (checksum != 0) check(datagram);
  payload(datagram, 8);
  judge_ends();
  return by_port(datagram);
}

Decoder::Next Decoder::sctp(const IpPacket& packet, ByteCursor cursor) {
  const uint16_t source = cursor.u16();
  const uint16_t destination = cursor.u16();
  if (!cursor.ok()) return short_of_header(packet);
  if (!quoted_ && packet.body.size() < 12) return short_of_header(packet);
  key(packet, source, destination);
  judge_ends();
  if (!quoted_) payload(packet, 12);
  return done(DecodeResult::kOk);
}

Decoder::Next Decoder::icmp(const IpPacket& packet, ByteCursor cursor) {
  const uint8_t type = cursor.u8();
  const uint8_t code = cursor.u8();
  if (!cursor.ok()) return short_of_header(packet);
  if (!quoted_ && icmp_is_error(packet.protocol, type) && packet.body.size() > 8) {
    const Layers inner = Decoder(packet.body.subspan(8), Where::kQuoted, options_).run_quoted();
    if (inner.result == DecodeResult::kOk) {
      const FlowKey outer = out_.key;
      out_.key = inner.key;
      out_.key.vlan_outer = outer.vlan_outer;
      out_.key.vlan_inner = outer.vlan_inner;
      out_.key.segment = outer.segment;
      // The error travels against the packet it quotes.
      out_.from_low = !inner.from_low;
      out_.icmp_error = true;
      out_.icmp_refusal = icmp_is_refusal(packet.protocol, type, code);
      check(packet);
      return done(DecodeResult::kOk);
    }
  }
  const int answer = counterpart(packet.protocol, type);
  key(packet, type, answer < 0 ? code : static_cast<uint16_t>(answer));
  check(packet);
  return done(DecodeResult::kOk);
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

// The key's two ends, of a protocol with ports.
void Decoder::judge_ends() {
  const FlowKey& key = out_.key;
  if (key.low_port == 0 || key.high_port == 0) out_.anomalies.add(Anomaly::kPortZero);
  if (key.low_port == key.high_port && key.low == key.high) out_.anomalies.add(Anomaly::kSameEnds);
}

void Decoder::bad_checksum() {
  out_.bad_checksum = true;
  out_.anomalies.add(Anomaly::kBadChecksum);
}

void Decoder::check(const IpPacket& packet) {
  if (!verifies() || !packet.whole || packet.on_the_way) return;
  uint32_t sum = 0;
  if (packet.protocol != kIpProtoIcmp) {  // pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1)
    const bool v4 = packet.ip_version == 4;
    const auto source = std::span<const uint8_t>(packet.source.bytes).subspan(v4 ? 12 : 0);
    const auto destination = std::span<const uint8_t>(packet.destination.bytes).subspan(v4 ? 12 : 0);
    sum = ones_sum(destination, ones_sum(source));
    sum += packet.protocol;
    sum += static_cast<uint32_t>(packet.body.size() >> 16) + (packet.body.size() & 0xffff);
  }
  if (!checksum_holds(ones_sum(packet.body, sum))) bad_checksum();
}

void Decoder::payload(const IpPacket& packet, size_t header_bytes) {
  if (packet.body.size() < header_bytes) return;
  out_.payload_offset = static_cast<uint16_t>(out_.l4_offset + header_bytes);
  out_.payload_bytes = static_cast<uint16_t>(packet.body.size() - header_bytes);
}

}  // namespace glacis
