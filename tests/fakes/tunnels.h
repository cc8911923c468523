#pragma once

#include "tests/fakes/frames.h"

// What carries a packet inside a packet, for tests; the outer header is one of IPv4 unless it is said.
namespace glacis::frames {

inline Ends outer_ends() { return {IpAddress::v4(198, 51, 100, 1), IpAddress::v4(203, 0, 113, 9)}; }

inline Bytes joined(Bytes head, const Bytes& tail) {
  put(head, tail);
  return head;
}
inline Bytes over_udp(uint16_t port, const Bytes& payload, uint16_t from = 50000, const Ends& ends = outer_ends()) {
  return ip4({.ends = ends}, udp(from, port, payload));
}
inline Bytes over_ip(uint8_t protocol, const Bytes& payload, const Ends& ends = outer_ends()) {
  return ip4_raw({.ends = ends}, protocol, payload);
}

// RFC 2784, 2890: `flags` as on the wire; each optional word is filled with `word`.
inline Bytes gre(uint16_t type, const Bytes& inner, uint16_t flags = 0, uint32_t word = 0x01020304) {
  Bytes out;
  put16(out, flags);
  put16(out, type);
  for (const uint32_t bit : {0x8000u, 0x2000u, 0x1000u}) {
    if ((flags & bit) != 0) put32(out, word);
  }
  return joined(out, inner);
}
// RFC 2637, with a sequence number.
inline Bytes pptp(const Bytes& ppp, uint16_t call, bool with_ack = false) {
  Bytes out;
  put16(out, with_ack ? 0x3081 : 0x3001);
  put16(out, 0x880b);
  put16(out, static_cast<uint32_t>(ppp.size()));
  put16(out, call);
  put32(out, 1);
  if (with_ack) put32(out, 2);
  return joined(out, ppp);
}
inline Bytes ppp(uint16_t protocol, const Bytes& inner) {
  Bytes out{0xff, 0x03};
  put16(out, protocol);
  return joined(out, inner);
}
inline Bytes erspan1(const Bytes& frame) { return gre(0x88be, frame); }
inline Bytes erspan2(const Bytes& frame, uint16_t session = 7) {
  Bytes header;
  put16(header, 0x1000 | 5);  // version 1, VLAN 5
  put16(header, session);
  put32(header, 0);
  return gre(0x88be, joined(header, frame), 0x1000);
}
// frame_type: 0 a frame, 2 an IP packet; with a platform's own 8 bytes or without.
inline Bytes erspan3(const Bytes& inner, uint16_t frame_type = 0, bool own = false) {
  Bytes header;
  put16(header, 0x2000 | 5);
  put16(header, 7);
  put32(header, 0x11111111);  // time stamp
  put16(header, 0);
  put16(header, static_cast<uint32_t>(frame_type << 10 | (own ? 1 : 0)));
  if (own) header.resize(header.size() + 8);
  return gre(0x22eb, joined(header, inner), 0x1000);
}
inline Bytes vxlan(const Bytes& frame, uint32_t vni = 42) {
  Bytes out{0x08, 0, 0, 0};
  put32(out, vni << 8);
  return joined(out, frame);
}
// `options`: a multiple of 4 bytes
inline Bytes geneve(uint16_t type, const Bytes& inner, uint32_t vni = 42, const Bytes& options = {}) {
  Bytes out{static_cast<uint8_t>(options.size() / 4), 0};
  put16(out, type);
  put32(out, vni << 8);
  return joined(joined(out, options), inner);
}
// `extensions`: bytes behind the first next-extension type, which is `first`
inline Bytes gtp_u(const Bytes& inner, uint32_t teid = 9, uint8_t first = 0, const Bytes& extensions = {}) {
  Bytes tail;
  if (first != 0) {
    tail = {0, 0, 0, first};
    put(tail, extensions);
  }
  put(tail, inner);
  Bytes out{static_cast<uint8_t>(first != 0 ? 0x34 : 0x30), 0xff};
  put16(out, static_cast<uint32_t>(tail.size()));
  put32(out, teid);
  return joined(out, tail);
}
inline Bytes label(uint32_t number, bool bottom) {
  Bytes out;
  put32(out, number << 12 | (bottom ? 0x100u : 0) | 64);
  return out;
}
inline Bytes pppoe(const Bytes& ppp_packet) {
  Bytes out{0x11, 0, 0, 3};
  put16(out, static_cast<uint32_t>(ppp_packet.size()));
  return joined(out, ppp_packet);
}

}  // namespace glacis::frames
