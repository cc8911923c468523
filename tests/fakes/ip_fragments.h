#pragma once

#include <algorithm>
#include <vector>

#include "tests/fakes/frames.h"

namespace glacis::frames {

// A part of an IP datagram's bytes.
struct Piece {
  size_t offset;
  Bytes bytes;
  bool more;
};

// Pieces of so many bytes, a multiple of 8, and the last one.
inline std::vector<Piece> pieces_of(const Bytes& body, size_t bytes) {
  std::vector<Piece> out;
  for (size_t at = 0; at < body.size(); at += bytes) {
    const size_t n = std::min(bytes, body.size() - at);
    const auto from = body.begin() + static_cast<ptrdiff_t>(at);
    out.push_back({at, Bytes(from, from + static_cast<ptrdiff_t>(n)), at + n < body.size()});
  }
  return out;
}

// One of them as an IPv4 packet in an Ethernet frame.
inline Bytes fragment(const Ends& ends, uint16_t id, uint8_t protocol, const Piece& piece) {
  const auto field = static_cast<uint16_t>(piece.offset / 8 | (piece.more ? 0x2000 : 0));
  Bytes out = ip4_raw({.ends = ends, .fragment = field}, protocol, piece.bytes);
  set16(out, 4, id);
  set16(out, 10, 0);
  set16(out, 10, checksum(std::span(out).first(20)));
  return ethernet(kIp4, out);
}

inline std::vector<Bytes> in_fragments(const Ends& ends, const Segment& segment, uint16_t id, size_t bytes) {
  std::vector<Bytes> out;
  for (const Piece& piece : pieces_of(finished(segment, ends), bytes)) {
    out.push_back(fragment(ends, id, segment.protocol, piece));
  }
  return out;
}

}  // namespace glacis::frames
