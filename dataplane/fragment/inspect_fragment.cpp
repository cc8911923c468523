#include "dataplane/fragment/inspect_fragment.h"

#include <algorithm>

#include "dataplane/base/byte_cursor.h"
#include "dataplane/fragment/datagram_reading.h"
#include "dataplane/packet/layers.h"

namespace glacis {
namespace {

constexpr uint8_t kHopByHop = 0, kRouting = 43, kAuthentication = 51, kDestinationOptions = 60;
constexpr size_t kUnit = 8, kIpv4Header = 20, kIpv6Header = 40;

bool is_extension(uint8_t protocol) {
  return protocol == kHopByHop || protocol == kRouting || protocol == kAuthentication ||
         protocol == kDestinationOptions;
}

// Whether it can stand in front of a fragment: the packet will be this and what follows.
bool sound_header(const Fragment& f) {
  if (f.header.size() > kMostHeader) return false;
  if (f.ip_version == 6) return next_header_at(f.header) != 0;
  return f.header.size() >= kIpv4Header && f.header[0] >> 4 == 4 && (f.header[0] & 15) * size_t{4} == f.header.size();
}

// Bytes of the fragment's datagram that a length field must count beside the fragment's part.
size_t counted_header(const Fragment& f) {
  if (f.ip_version == 4) return std::max(f.header.size(), kIpv4Header);
  return f.header.size() > kIpv6Header ? f.header.size() - kIpv6Header : 0;
}

InspectedFragment refuse(FragmentRefusal refusal, AnomalySet anomalies) { return {refusal, {}, anomalies}; }

}  // namespace

bool has_transport_header(uint8_t protocol, std::span<const uint8_t> bytes) {
  ByteCursor cursor(bytes);
  for (int i = 0; is_extension(protocol) && i < kMaxExtensionHeaders; ++i) {
    const uint8_t next = cursor.u8();
    const size_t units = cursor.u8();
    cursor.skip(protocol == kAuthentication ? units * 4 + 6 : units * 8 + 6);
    if (!cursor.ok()) return false;
    protocol = next;
  }
  switch (protocol) {
    case kIpProtoTcp: {
      cursor.skip(12);
      const size_t header_bytes = (cursor.u8() >> 4) * size_t{4};
      if (!cursor.ok()) return false;
      return cursor.left() + 13 >= std::max<size_t>(header_bytes, 20);
    }
    case kIpProtoUdp:
    case kIpProtoIcmp:
    case kIpProtoIcmpV6:
      return cursor.left() >= 8;
    case kIpProtoSctp:
      return cursor.left() >= 12;
    default:
      return true;
  }
}

InspectedFragment inspect_fragment(const Fragment& f, FragmentPolicy policy, uint32_t tiny_bytes) {
  AnomalySet found;
  if (f.offset == 0 && !f.more) return refuse(FragmentRefusal::kWholeDatagram, found);
  std::span<const uint8_t> body = f.body;
  const size_t odd = body.size() % kUnit;
  if (body.empty() || (f.more && odd != 0) || f.offset % kUnit != 0) {
    found.add(Anomaly::kFragmentLength);
    if (f.offset % kUnit != 0 || !cuts_odd_bytes(policy, f.ip_version)) return refuse(FragmentRefusal::kLength, found);
    body = body.first(body.size() - odd);
    if (body.empty()) return refuse(FragmentRefusal::kLength, found);
  }
  if (f.offset + body.size() + counted_header(f) > kMostDatagram) {
    found.add(Anomaly::kFragmentOversize);
    return refuse(FragmentRefusal::kOversize, found);
  }
  if (f.more && body.size() < tiny_bytes) found.add(Anomaly::kFragmentTiny);
  if (f.offset != 0) return {FragmentRefusal::kNone, body, found};
  if (!has_transport_header(f.protocol, body)) found.add(Anomaly::kFragmentTiny);
  if (sound_header(f)) return {FragmentRefusal::kNone, body, found};
  found.add(Anomaly::kFragmentLimit);
  return refuse(FragmentRefusal::kHeader, found);
}

}  // namespace glacis
