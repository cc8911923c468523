#include "dataplane/duplicate/packet_fingerprint.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/base/mix64.h"
#include "dataplane/decode/decode_usual.h"
#include "dataplane/decode/usual_frame.h"

namespace glacis {

PacketFingerprint::PacketFingerprint(uint64_t seed) {
  uint64_t number = seed * 64;
  const auto key = [&number] {
    const uint64_t low = mix64(++number * kGolden64), high = mix64(++number * kGolden64);
    return _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
  };
  for (__m128i& lane : lane_) lane = key();
  for (__m128i* each : {&whiten_, &round_[0], &round_[1], &last_}) *each = key();
}

uint64_t PacketFingerprint::of_other(std::span<const uint8_t> frame, LinkType link) const {
  if (link == LinkType::kEthernet) {
    const usual::Place at = usual::place_of(frame, VlanInKey::kNo);
    if (at.type == usual::kTypeIp6) return of_ip6({at.ip, at.room}, 0);
  }
  Layers layers;
  decode_fast(frame, link, layers, Checksums::kKnownGood);
  if (layers.result != DecodeResult::kOk && layers.result != DecodeResult::kFragment) return 0;
  const std::span<const uint8_t> packet = frame.subspan(layers.l3_offset);
  if (packet.size() < kIp4Header) return 0;
  return packet[0] >> 4 == 4 ? of_ip4(packet, layers.key.segment) : of_ip6(packet, layers.key.segment);
}

uint64_t PacketFingerprint::of_ip6(std::span<const uint8_t> packet, uint64_t salt) const {
  constexpr size_t kHeader = 40;
  if (packet.size() < kHeader || packet[0] >> 4 != 6) return 0;
  const uint8_t* const ip = packet.data();
  const size_t body = usual::be16(ip + 4);
  if (body > packet.size() - kHeader) return 0;
  const uint64_t rest = salt << 32 | uint64_t{ip[6]} << 24 | body;
  __m128i state = two_rounds(load(ip + 8), _mm_xor_si128(whiten_, _mm_cvtsi64_si128(static_cast<int64_t>(rest))));
  state = two_rounds(load(ip + 24), state);
  return finish(state, packet.subspan(kHeader, body));
}

// What fills all lanes.
__m128i PacketFingerprint::in_lanes(__m128i state, std::span<const uint8_t> body) const {
  __m128i lane[kLanes];
  std::copy_n(lane_, kLanes, lane);
  for (const uint8_t *at = body.data(), *const end = at + body.size() / (kLanes * kBlock) * (kLanes * kBlock);
       at != end; at += kLanes * kBlock) {
    for (size_t i = 0; i < kLanes; ++i) lane[i] = two_rounds(load(at + i * kBlock), lane[i]);
  }
  for (const __m128i& each : lane) state = two_rounds(each, state);
  return state;
}

__m128i PacketFingerprint::load_part(const uint8_t* at, size_t bytes) {
  alignas(kBlock) std::array<uint8_t, kBlock> block{};
  std::memcpy(block.data(), at, bytes);
  return load(block.data());
}

}  // namespace glacis
