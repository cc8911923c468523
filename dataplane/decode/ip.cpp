// IPv4 and IPv6: headers, options, extension headers, fragments.
#include <algorithm>

#include "dataplane/decode/checksum.h"
#include "dataplane/decode/decoder.h"

namespace glacis {
namespace {

// IPv6 extension headers that carry on to another header (RFC 8200, 4).
constexpr uint8_t kHopByHop = 0, kRouting = 43, kFragmentHeader = 44, kDestination = 60, kMobility = 135, kHip = 139,
                  kShim6 = 140;
constexpr uint8_t kNoNextHeader = 59;
constexpr size_t kIp6Header = 40;

// AH is one to IPv4 as well (RFC 4302).
bool is_extension(uint8_t next, uint8_t ip_version) {
  if (next == kIpProtoAh) return true;
  if (ip_version != 6) return false;
  return next == kHopByHop || next == kRouting || next == kFragmentHeader || next == kDestination ||
         next == kMobility || next == kHip || next == kShim6;
}

}  // namespace

Decoder::Next Decoder::ip(size_t offset) {
  const auto bytes = rest(offset);
  if (bytes.empty()) return done(DecodeResult::kTruncated);
  if (bytes[0] >> 4 == 4) return ip4(offset);
  if (bytes[0] >> 4 == 6) return ip6(offset);
  return done(DecodeResult::kNotIp);
}

Decoder::Next Decoder::ip4(size_t offset) {
  const auto bytes = rest(offset);
  ByteCursor cursor(bytes);
  const uint8_t first = cursor.u8();
  cursor.skip(1);
  const uint16_t total = cursor.u16();
  const uint16_t id = cursor.u16();
  const uint16_t fragment_bits = cursor.u16();
  const uint8_t ttl = cursor.u8();
  IpPacket packet;
  packet.protocol = cursor.u8();
  cursor.skip(2);
  packet.source = IpAddress::from_bytes(cursor.take(4));
  packet.destination = IpAddress::from_bytes(cursor.take(4));
  if (!cursor.ok()) return done(DecodeResult::kTruncated);
  const size_t header = static_cast<size_t>(first & 0x0f) * 4;
  if (first >> 4 != 4 || header < 20) return done(DecodeResult::kBadHeader);
  if (bytes.size() < header) return done(DecodeResult::kTruncated);
  // A total length of 0 is what segmentation offload leaves on the sending host.
  const size_t length = total == 0 ? bytes.size() : total;
  if (length < header) return done(DecodeResult::kBadLength);
  if (length > bytes.size() && !quoted_) return done(DecodeResult::kTruncated);
  packet.whole = length <= bytes.size();
  out_.l3_offset = static_cast<uint16_t>(offset);
  out_.l3_bytes = static_cast<uint32_t>(length);
  out_.l4_offset = static_cast<uint16_t>(offset + header);
  out_.ttl = ttl;
  out_.key.ip_version = packet.ip_version = 4;
  cut(offset + length);
  if (verifies() && !checksum_holds(ones_sum(bytes.first(header)))) bad_checksum();
  if (header > 20) judge_options(packet, bytes.subspan(20, header - 20));
  const auto inside = bytes.first(std::min(length, bytes.size()));
  const size_t place = static_cast<size_t>(fragment_bits & 0x1fff) * 8;
  const bool more = (fragment_bits & 0x2000) != 0;
  if ((place != 0 || more) && !quoted_) {
    return fragment(packet, {.id = id,
                             .offset = static_cast<uint32_t>(place),
                             .data_offset = out_.l4_offset,
                             .bytes = static_cast<uint16_t>(inside.size() - header),
                             .named_at = static_cast<uint16_t>(offset + 9),
                             .protocol = packet.protocol,
                             .more = more});
  }
  if (place != 0) return done(DecodeResult::kFragment);
  packet.first_of_fragments = more;
  ByteCursor behind(inside);
  behind.skip(header);
  return headers_of(packet, behind, offset + 9);
}

// Source routes: RFC 791, 3.1; options that are not understood stop the search.
void Decoder::judge_options(IpPacket& packet, std::span<const uint8_t> options) {
  constexpr uint8_t kEnd = 0, kNothing = 1, kLoose = 131, kStrict = 137;
  ByteCursor cursor(options);
  while (cursor.left() != 0) {
    const uint8_t type = cursor.u8();
    if (type == kEnd) return;
    if (type == kNothing) continue;
    const uint8_t length = cursor.u8();
    if (type == kLoose || type == kStrict) {
      out_.anomalies.add(Anomaly::kSourceRoute);
      // Its pointer is beyond it at the last stop.
      packet.on_the_way = cursor.u8() <= length;
      return;
    }
    if (length < 2) return;
    cursor.skip(length - 2u);
    if (!cursor.ok()) return;
  }
}

Decoder::Next Decoder::ip6(size_t offset) {
  const auto bytes = rest(offset);
  ByteCursor cursor(bytes);
  const uint32_t first = cursor.u32();
  const uint16_t payload_length = cursor.u16();
  IpPacket packet;
  packet.protocol = cursor.u8();
  const uint8_t hop_limit = cursor.u8();
  packet.source = IpAddress::from_bytes(cursor.take(16));
  packet.destination = IpAddress::from_bytes(cursor.take(16));
  if (!cursor.ok()) return done(DecodeResult::kTruncated);
  if (first >> 28 != 6) return done(DecodeResult::kBadHeader);
  // 0 is also what segmentation offload leaves; with a hop-by-hop header it would be a jumbogram, and
  // with no next header there is nothing.
  const bool unstated = payload_length == 0 && packet.protocol != kHopByHop && packet.protocol != kNoNextHeader;
  const size_t length = unstated ? bytes.size() : kIp6Header + payload_length;
  if (length > bytes.size() && !quoted_) return done(DecodeResult::kTruncated);
  packet.whole = length <= bytes.size();
  out_.l3_offset = static_cast<uint16_t>(offset);
  out_.l3_bytes = static_cast<uint32_t>(length);
  out_.ttl = hop_limit;
  out_.key.ip_version = packet.ip_version = 6;
  cut(offset + length);
  ByteCursor headers(bytes.first(std::min(length, bytes.size())));
  headers.skip(kIp6Header);
  return headers_of(packet, headers, offset + 6);
}

// Steps over extension headers. `headers` stands behind the IP header; named_at: where in the frame the first of them
// is named.
Decoder::Next Decoder::headers_of(IpPacket& packet, ByteCursor headers, size_t named_at) {
  const size_t start = out_.l3_offset;
  for (int count = 0; is_extension(packet.protocol, packet.ip_version); ++count) {
    if (count == kMaxExtensionHeaders) {  // keyed without ports: receivers go on
      out_.anomalies.add(Anomaly::kTooDeep);
      break;
    }
    const uint8_t kind = packet.protocol;
    const size_t at = start + headers.offset();
    packet.protocol = headers.u8();
    const uint8_t units = headers.u8();
    if (kind == kFragmentHeader) {
      const uint16_t place = headers.u16();
      const uint32_t id = headers.u32();
      if (!headers.ok()) return short_of_header(packet);
      const bool more = (place & 1) != 0;
      // Neither offset nor more: whole (RFC 6946).
      if ((place & 0xfff9) != 0 && !quoted_) {
        return fragment(packet, {.id = id,
                                 .offset = place & 0xfff8u,
                                 .data_offset = static_cast<uint16_t>(at + 8),
                                 .bytes = static_cast<uint16_t>(headers.left()),
                                 .named_at = static_cast<uint16_t>(named_at),
                                 .protocol = packet.protocol,
                                 .more = more});
      }
      if ((place & 0xfff8) != 0) return done(DecodeResult::kFragment);
      packet.first_of_fragments = more;
    } else if (kind == kIpProtoAh) {
      headers.skip(units * size_t{4} + 6);
    } else if (kind == kRouting) {
      const uint8_t type = headers.u8();
      const uint8_t left = headers.u8();
      headers.skip(4 + units * size_t{8});
      if (headers.ok() && type == 0) out_.anomalies.add(Anomaly::kSourceRoute);
      if (left != 0) packet.on_the_way = true;
    } else {
      headers.skip(6 + units * size_t{8});
    }
    if (!headers.ok()) return short_of_header(packet);
    named_at = at;
  }
  out_.l4_offset = static_cast<uint16_t>(start + headers.offset());
  packet.body = headers.take(headers.left());
  return transport(packet);
}

Decoder::Next Decoder::fragment(const IpPacket& packet, const FragmentInfo& info) {
  key(packet, 0, 0);
  out_.fragment = info;
  return done(DecodeResult::kFragment);
}

// The IP packet ends inside a header: the rest is in a later fragment, was not captured or never was.
Decoder::Next Decoder::short_of_header(const IpPacket& packet) const {
  if (packet.first_of_fragments) return done(DecodeResult::kFragment);
  return done(packet.whole && !quoted_ ? DecodeResult::kBadLength : DecodeResult::kTruncated);
}

}  // namespace glacis
