#include "dataplane/decode/decode_usual.h"

#include <immintrin.h>

#include <cstddef>
#include <memory>

#include "dataplane/decode/tcp_options.h"
#include "dataplane/decode/usual_frame.h"

namespace glacis {
namespace {

using namespace usual;

// Whole words are stored, as what is read next is read in such pieces.
void put_16(void* out, uint64_t head, uint64_t tail) {
  _mm_storeu_si128(static_cast<__m128i*>(out), _mm_set_epi64x(static_cast<int64_t>(tail), static_cast<int64_t>(head)));
}

void put_ends(Ip4, const uint8_t* ip, Layers& out) {
  const uint64_t ends = Ip4::ends(ip, out.from_low);
  constexpr uint64_t kMapped = 0xffff0000;  // ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)
  put_16(out.key.low.bytes.data(), 0, ends << 32 | kMapped);
  put_16(out.key.high.bytes.data(), 0, ends >> 32 << 32 | kMapped);
}

void put_ends(Ip6, const uint8_t* ip, Layers& out) {
  const uint8_t* const ends[] = {ip + 24, ip + 8};
  const uint8_t* const low = ends[out.from_low];
  const uint8_t* const high = ends[!out.from_low];
  put_16(out.key.low.bytes.data(), word_at<uint64_t>(low), word_at<uint64_t>(low + 8));
  put_16(out.key.high.bytes.data(), word_at<uint64_t>(high), word_at<uint64_t>(high + 8));
}

// The list that most segments have is read at once.
void put_options(const uint8_t* options, uint32_t bytes, bool syn, Layers& out) {
  constexpr uint32_t kTimeAlone = 0x0101080a;  // two of nothing, then time stamps of 10 bytes
  if (bytes != 12 || be32(options) != kTimeAlone) return read_tcp_options({options, bytes}, syn, out);
  out.tcp_has_time = true;
  out.tcp_time = be32(options + 4);
  out.tcp_time_echo = be32(options + 8);
}

template <class Ip>
bool decode_ip(const Place& at, Layers& out, const DecodeOptions& options) {
  const uint32_t total = usual_total<Ip>(at);
  if (total == 0) return false;
  const uint32_t protocol = Ip::protocol(at.ip);
  const uint8_t* const l4 = at.ip + Ip::kHeader;
  const Transport inner = transport_of(l4, protocol, total - Ip::kHeader);
  if (inner.header == 0) return false;
  const uint32_t ports = be32(l4);
  if (odd_ports<Ip>(at.ip, ports)) return false;
  std::construct_at(&out);  // GCC 12 would build an assigned one elsewhere and copy it
  out.from_low = Ip::from_low(at.ip, ports);
  put_ends(Ip{}, at.ip, out);
  put_16(&out.key.low_port, low_first(ports, out.from_low) | uint64_t{at.vlan} << 32, Ip::kVersion << 8 | protocol);
  out.result = DecodeResult::kOk;
  out.bad_checksum = options.checksums == Checksums::kVerify && !checksums_hold<Ip>(at.ip, inner.length);
  if (out.bad_checksum) out.anomalies.add(Anomaly::kBadChecksum);
  out.ttl = static_cast<uint8_t>(Ip::ttl(at.ip));
  out.tcp_flags = inner.tcp_flags;
  out.plain = inner.plain();
  if (protocol == kIpProtoTcp) {
    out.tcp_seq = be32(l4 + 4);
    out.tcp_ack = be32(l4 + 8);
    out.tcp_window = static_cast<uint16_t>(be16(l4 + 14));
    if (inner.header > kTcpBytes) {
      put_options(l4 + kTcpBytes, inner.header - kTcpBytes, (inner.tcp_flags & kTcpSyn) != 0, out);
    }
  }
  out.l3_bytes = total;
  out.l3_offset = static_cast<uint16_t>(at.offset);
  out.l4_offset = static_cast<uint16_t>(at.offset + Ip::kHeader);
  out.payload_offset = static_cast<uint16_t>(at.offset + Ip::kHeader + inner.header);
  out.payload_bytes = static_cast<uint16_t>(inner.payload());
  return true;
}
static_assert(offsetof(FlowKey, high_port) == 34 && offsetof(FlowKey, vlan_outer) == 36 &&
              offsetof(FlowKey, protocol) == 40 && offsetof(FlowKey, ip_version) == 41 &&
              offsetof(FlowKey, segment) == 44);

}  // namespace

bool decode_usual(std::span<const uint8_t> frame, Layers& out, const DecodeOptions& options) {
  const Place at = place_of(frame, options.vlan_in_key);
  if (at.type == kTypeIp4) return decode_ip<Ip4>(at, out, options);
  return at.type == kTypeIp6 && decode_ip<Ip6>(at, out, options);
}

}  // namespace glacis
