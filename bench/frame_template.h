#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "bench/flow_ends.h"

namespace glacis::bench {

// What TCP frames have in common: Ethernet, a VLAN tag or none, IPv4 or IPv6, no options, so much payload.
struct FrameShape {
  bool ip6 = false, tagged = false;
  uint16_t payload_bytes = 0;
  friend bool operator==(const FrameShape&, const FrameShape&) = default;
  // Where IP's and TCP's headers begin.
  [[nodiscard]] size_t l3() const { return tagged ? 18 : 14; }
  [[nodiscard]] size_t l4() const { return l3() + (ip6 ? 40 : 20); }
};

// What tells one frame of a shape from another, each word as it stands on the wire. Of an IPv6 address of the
// reference policy only two words differ (those of zone and host), as many as an IPv4 address has.
struct PacketEnds {
  uint16_t ip_sum;  // of IPv4; not written to IPv6
  std::array<uint16_t, 2> from, to;
  uint16_t from_port, to_port;
  uint16_t flags;  // TCP's, with the length of its header
  uint16_t l4_sum;
  uint16_t shape;  // its template's place in the list that RingPort has
};
static_assert(sizeof(PacketEnds) == 20);

// A frame of a shape whose ends are still open, and how they are filled in. Plain data.
class FrameTemplate {
 public:
  explicit FrameTemplate(const FrameShape& shape);

  // The headers of any shape and more of the frame; a frame's room must hold it.
  static constexpr size_t kHeaderBytes = 96;

  [[nodiscard]] const FrameShape& shape() const { return shape_; }
  // Without its check sequence; at least 60 bytes.
  [[nodiscard]] uint16_t size() const { return size_; }
  [[nodiscard]] std::span<const uint8_t> frame() const { return {frame_.data(), size_}; }

  // With checksums that fit (RFC 1624). `number`: this template's.
  [[nodiscard]] PacketEnds ends(const FlowEnds& flow, bool from_initiator, uint8_t tcp_flags, uint16_t number) const;

  // Into a frame that has another shape.
  void write_headers(uint8_t* frame) const { std::memcpy(frame, frame_.data(), kHeaderBytes); }
  // Into a frame of this shape.
  void write(const PacketEnds& ends, uint8_t* frame) const {
    if (!shape_.ip6) return write_ip4(ends, frame);
    std::memcpy(frame + l3_ + 8 + 6, &ends.from[0], 2);
    std::memcpy(frame + l3_ + 8 + 14, &ends.from[1], 2);
    std::memcpy(frame + l3_ + 24 + 6, &ends.to[0], 2);
    std::memcpy(frame + l3_ + 24 + 14, &ends.to[1], 2);
    std::memcpy(frame + l4_, &ends.from_port, 4);
    write_tcp(ends, frame);
  }
  void write_ip4(const PacketEnds& ends, uint8_t* frame) const {
    std::memcpy(frame + l3_ + 10, &ends.ip_sum, 14);  // and the addresses and ports behind it
    write_tcp(ends, frame);
  }
  void write_sequence(uint32_t sequence, uint8_t* frame) const {
    const uint32_t wire = __builtin_bswap32(sequence);
    std::memcpy(frame + l4_ + 4, &wire, sizeof wire);
  }

 private:
  [[nodiscard]] uint16_t word(size_t at) const;
  void write_tcp(const PacketEnds& ends, uint8_t* frame) const {
    std::memcpy(frame + l4_ + 12, &ends.flags, 2);
    std::memcpy(frame + l4_ + 16, &ends.l4_sum, 2);
  }

  FrameShape shape_;
  size_t l3_, l4_;
  uint16_t size_;
  std::vector<uint8_t> frame_;  // at least kHeaderBytes
};

}  // namespace glacis::bench
