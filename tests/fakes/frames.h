#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "dataplane/base/ip_address.h"

// Frames for tests, built from the inside out: ethernet(kIp4, ip4({...}, tcp({...}, "hello"))).
// Lengths and checksums are right unless a field says otherwise; nothing of the decoder is used.
namespace glacis::frames {

using Bytes = std::vector<uint8_t>;
inline constexpr uint16_t kIp4 = 0x0800, kIp6 = 0x86dd, kArp = 0x0806;

inline void put16(Bytes& to, uint32_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}
inline void put32(Bytes& to, uint32_t value) {
  put16(to, value >> 16);
  put16(to, value & 0xffff);
}
inline void put(Bytes& to, std::span<const uint8_t> bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }
inline void set16(Bytes& in, size_t at, uint32_t value) {
  in[at] = static_cast<uint8_t>(value >> 8);
  in[at + 1] = static_cast<uint8_t>(value);
}
inline Bytes text(std::string_view s) { return {s.begin(), s.end()}; }

inline uint16_t checksum(std::span<const uint8_t> bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) sum += static_cast<uint64_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// The two ends of a packet; both of one IP version.
struct Ends {
  IpAddress from, to;
};
inline Ends ends4() { return {IpAddress::v4(10, 1, 0, 7), IpAddress::v4(192, 0, 2, 80)}; }
inline Ends ends6() {
  Ends out;
  out.from.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10};
  out.to.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99};
  return out;
}

// A layer 4 packet that knows its protocol; its checksum is written when the ends are known.
struct Segment {
  uint8_t protocol = 0;
  Bytes bytes;
  size_t checksum_at = 0;  // 0: none
};

struct Tcp {
  uint16_t from = 40000, to = 443;
  uint32_t seq = 1000, ack = 0;
  uint8_t flags = 0x02;
  Bytes options = {};  // a multiple of 4 bytes
};
inline Segment tcp(const Tcp& t, const Bytes& payload = {}) {
  Segment out{6, {}, 16};
  put16(out.bytes, t.from);
  put16(out.bytes, t.to);
  put32(out.bytes, t.seq);
  put32(out.bytes, t.ack);
  out.bytes.push_back(static_cast<uint8_t>((5 + t.options.size() / 4) << 4));
  out.bytes.push_back(t.flags);
  put16(out.bytes, 64240);
  put32(out.bytes, 0);  // checksum, urgent pointer
  put(out.bytes, t.options);
  put(out.bytes, payload);
  return out;
}

inline Segment udp(uint16_t from, uint16_t to, const Bytes& payload = {}) {
  Segment out{17, {}, 6};
  out.bytes.reserve(8 + payload.size());
  put16(out.bytes, from);
  put16(out.bytes, to);
  put16(out.bytes, static_cast<uint32_t>(8 + payload.size()));
  put16(out.bytes, 0);
  put(out.bytes, payload);
  return out;
}

inline Segment sctp(uint16_t from, uint16_t to, const Bytes& chunks = {}) {
  Segment out{132, {}, 0};
  put16(out.bytes, from);
  put16(out.bytes, to);
  put32(out.bytes, 7);  // verification tag
  put32(out.bytes, 0);
  put(out.bytes, chunks);
  return out;
}

// protocol 1 or 58
inline Segment icmp(uint8_t protocol, uint8_t type, uint8_t code, const Bytes& body = {}) {
  Segment out{protocol, {type, code, 0, 0}, 2};
  put32(out.bytes, 0x00010002);
  put(out.bytes, body);
  return out;
}

// Writes the segment's checksum for these ends (RFC 9293, 3.1; RFC 8200, 8.1).
inline Bytes finished(const Segment& segment, const Ends& ends) {
  Bytes out = segment.bytes;
  if (segment.checksum_at == 0) return out;
  Bytes covered;
  if (segment.protocol != 1) {
    put(covered, ends.from.wire());
    put(covered, ends.to.wire());
    put32(covered, static_cast<uint32_t>(out.size()));
    put32(covered, segment.protocol);
  }
  put(covered, out);
  const uint16_t sum = checksum(covered);
  set16(out, segment.checksum_at, sum == 0 && segment.protocol == 17 ? 0xffff : sum);
  return out;
}

struct Ip4 {
  Ends ends = ends4();
  uint16_t fragment = 0;  // flags and offset as on the wire
  Bytes options = {};     // a multiple of 4 bytes
  int total_length = -1;  // -1: right
};
inline Bytes ip4_raw(const Ip4& ip, uint8_t protocol, const Bytes& body) {
  const size_t header = 20 + ip.options.size();
  Bytes out{static_cast<uint8_t>(0x40 | header / 4), 0};
  put16(out,
        ip.total_length < 0 ? static_cast<uint32_t>(header + body.size()) : static_cast<uint32_t>(ip.total_length));
  put16(out, 0x1234);
  put16(out, ip.fragment);
  out.push_back(64);
  out.push_back(protocol);
  put16(out, 0);
  put(out, ip.ends.from.wire());
  put(out, ip.ends.to.wire());
  put(out, ip.options);
  set16(out, 10, checksum(out));
  put(out, body);
  return out;
}
inline Bytes ip4(const Ip4& ip, const Segment& segment) {
  return ip4_raw(ip, segment.protocol, finished(segment, ip.ends));
}

struct Ip6Header {  // an extension header; `bytes` without its first, the next header's number
  uint8_t number;
  Bytes bytes;
};
inline Bytes ip6_raw(const Ends& ends, const std::vector<Ip6Header>& headers, uint8_t protocol, const Bytes& body) {
  Bytes chain;
  for (size_t i = 0; i < headers.size(); ++i) {
    chain.push_back(i + 1 < headers.size() ? headers[i + 1].number : protocol);
    put(chain, headers[i].bytes);
  }
  Bytes out;
  put32(out, 0x60000000);
  put16(out, static_cast<uint32_t>(chain.size() + body.size()));
  out.push_back(headers.empty() ? protocol : headers.front().number);
  out.push_back(64);
  put(out, ends.from.bytes);
  put(out, ends.to.bytes);
  put(out, chain);
  put(out, body);
  return out;
}
inline Bytes ip6(const Segment& segment, const std::vector<Ip6Header>& headers = {}, const Ends& ends = ends6()) {
  return ip6_raw(ends, headers, segment.protocol, finished(segment, ends));
}
// Hop-by-hop or destination options: one PadN that fills 8 bytes.
inline Ip6Header padding_options(uint8_t number) { return {number, {0, 1, 4, 0, 0, 0, 0}}; }
inline Ip6Header fragment_header(uint16_t offset_and_more) {
  Ip6Header out{44, {0}};
  put16(out.bytes, offset_and_more);
  put32(out.bytes, 77);
  return out;
}

struct Tag {
  uint16_t type = 0x8100, id = 0;
};
inline Bytes ethernet(uint16_t type, const Bytes& payload, const std::vector<Tag>& tags = {}) {
  Bytes out{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  for (const Tag& tag : tags) {
    put16(out, tag.type);
    put16(out, 0x6000u | tag.id);  // priority bits are no part of the id
  }
  put16(out, type);
  put(out, payload);
  return out;
}

// A copy that ends where the heap block ends, so that a sanitizer sees a read beyond it.
class ExactCopy {
 public:
  explicit ExactCopy(std::span<const uint8_t> bytes) : size_(bytes.size()), copy_(new uint8_t[size_]) {
    for (size_t i = 0; i < size_; ++i) copy_[i] = bytes[i];
  }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return {copy_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> copy_;
};

}  // namespace glacis::frames
