#include "bench/frame_template.h"

#include <algorithm>

#include "bench/reference_policy.h"
#include "tests/fakes/frames.h"

namespace glacis::bench {
namespace {

constexpr size_t kShortest = 60;
constexpr uint16_t kVlan = 100;

// RFC 1624, equation 3, of words that were 0. Sums are the same in either byte order (RFC 1071).
uint16_t sum_with(uint16_t sum, uint32_t words) {
  uint32_t out = static_cast<uint16_t>(~sum) + words;
  out = (out & 0xffff) + (out >> 16);
  out = (out & 0xffff) + (out >> 16);
  return static_cast<uint16_t>(~out);
}

std::array<uint16_t, 2> words_of(const IpAddress& address, bool ip6) {
  std::array<uint16_t, 2> out{};
  std::memcpy(&out[0], address.bytes.data() + (ip6 ? 6 : 12), 2);
  std::memcpy(&out[1], address.bytes.data() + 14, 2);
  return out;
}

frames::Bytes blank_frame(const FrameShape& shape) {
  const IpAddress blank = shape.ip6 ? reference_address(0, 0, 0, true) : IpAddress::v4(0, 0, 0, 0);
  const frames::Ends ends{blank, blank};
  const auto segment =
      frames::tcp({.from = 0, .to = 0, .ack = 1001, .flags = 0}, frames::Bytes(shape.payload_bytes, 'g'));
  const frames::Bytes packet = shape.ip6 ? frames::ip6(segment, {}, ends) : frames::ip4({.ends = ends}, segment);
  return frames::ethernet(shape.ip6 ? frames::kIp6 : frames::kIp4, packet,
                          shape.tagged ? std::vector<frames::Tag>{{0x8100, kVlan}} : std::vector<frames::Tag>{});
}

}  // namespace

FrameTemplate::FrameTemplate(const FrameShape& shape)
    : shape_(shape), l3_(shape.l3()), l4_(shape.l4()), frame_(blank_frame(shape)) {
  size_ = static_cast<uint16_t>(std::max(frame_.size(), kShortest));
  // What is no payload yet may be one of a longer shape, whose bytes are these.
  frame_.resize(std::max<size_t>(size_, kHeaderBytes), 'g');
}

uint16_t FrameTemplate::word(size_t at) const {
  uint16_t out = 0;
  std::memcpy(&out, frame_.data() + at, sizeof out);
  return out;
}

PacketEnds FrameTemplate::ends(const FlowEnds& flow, bool from_initiator, uint8_t tcp_flags, uint16_t number) const {
  PacketEnds out{};
  out.from = words_of(from_initiator ? flow.initiator : flow.responder, shape_.ip6);
  out.to = words_of(from_initiator ? flow.responder : flow.initiator, shape_.ip6);
  out.from_port = __builtin_bswap16(from_initiator ? flow.port : kWeb);
  out.to_port = __builtin_bswap16(from_initiator ? kWeb : flow.port);
  const auto flags = static_cast<uint16_t>(tcp_flags << 8);  // the word's second byte on the wire
  out.flags = word(l4_ + 12) | flags;
  const uint32_t addresses = uint32_t{out.from[0]} + out.from[1] + out.to[0] + out.to[1];
  out.ip_sum = shape_.ip6 ? uint16_t{0} : sum_with(word(l3_ + 10), addresses);
  out.l4_sum = sum_with(word(l4_ + 16), addresses + out.from_port + out.to_port + flags);
  out.shape = number;
  return out;
}

}  // namespace glacis::bench
