#include "dataplane/duplicate/packet_fingerprint.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "dataplane/base/mix64.h"
#include "dataplane/decode/decode_usual.h"
#include "dataplane/decode/usual_frame.h"

namespace glacis {
namespace {

constexpr size_t kBlock = 16;

__m128i load(const uint8_t* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

__m128i load_part(const uint8_t* at, size_t bytes) {
  alignas(kBlock) std::array<uint8_t, kBlock> block{};
  std::memcpy(block.data(), at, bytes);
  return load(block.data());
}

// The header checksum without what may change together with it (RFC 1624): of headers that differ in TTL and class of
// service alone it is the same exactly if both fit.
uint32_t invariant_checksum(const uint8_t* ip) {
  uint32_t sum = usual::be16(ip + 10) + (uint32_t{ip[8]} << 8) + ip[1];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff ? 0 : sum;
}

}  // namespace

PacketFingerprint::PacketFingerprint(uint64_t seed) {
  uint64_t number = seed * 64;
  const auto key = [&number] {
    const uint64_t low = mix64(++number * kGolden64), high = mix64(++number * kGolden64);
    return _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
  };
  for (__m128i& lane : lane_) lane = key();
  for (__m128i* each : {&whiten_, &round_[0], &round_[1], &last_}) *each = key();
}

uint64_t PacketFingerprint::operator()(std::span<const uint8_t> frame, LinkType link) const {
  if (link == LinkType::kEthernet) {
    const usual::Place at = usual::place_of(frame, VlanInKey::kNo);
    if (at.type == usual::kTypeIp4 || at.type == usual::kTypeIp6) return of_packet(frame.subspan(at.offset), 0);
  }
  Layers layers;
  decode_fast(frame, link, layers, Checksums::kKnownGood);
  if (layers.result != DecodeResult::kOk && layers.result != DecodeResult::kFragment) return 0;
  return of_packet(frame.subspan(layers.l3_offset), layers.key.segment);
}

uint64_t PacketFingerprint::of_packet(std::span<const uint8_t> packet, uint64_t salt) const {
  if (packet.empty()) return 0;
  return packet[0] >> 4 == 4 ? of_ip4(packet, salt) : of_ip6(packet, salt);
}

uint64_t PacketFingerprint::of_ip4(std::span<const uint8_t> packet, uint64_t salt) const {
  constexpr size_t kHeader = 20;
  if (packet.size() < kHeader) return 0;
  const uint8_t* const ip = packet.data();
  const size_t header = size_t{ip[0] & 15U} * 4, total = usual::be16(ip + 2);
  if (header < kHeader || total < header || total > packet.size()) return 0;
  // Id, fragment, protocol, checksum, ends; TTL and checksum give way.
  const __m128i keep = _mm_set_epi8(-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, -1, 0, -1, -1, -1, -1);
  const __m128i fields = _mm_and_si128(load(ip + 4), keep);
  const uint64_t rest = salt << 32 | uint64_t{invariant_checksum(ip)} << 16 | total;
  const __m128i state = two_rounds(fields, _mm_xor_si128(whiten_, _mm_cvtsi64_si128(static_cast<int64_t>(rest))));
  return finish(state, packet.subspan(header, total - header));
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

[[gnu::always_inline]] inline __m128i PacketFingerprint::two_rounds(__m128i block, __m128i state) const {
  return _mm_aesenc_si128(_mm_aesenc_si128(_mm_xor_si128(block, state), round_[0]), round_[1]);
}

uint64_t PacketFingerprint::finish(__m128i state, std::span<const uint8_t> body) const {
  const uint8_t* at = body.data();
  size_t left = body.size();
  if (left >= kLanes * kBlock) {
    __m128i lane[kLanes];
    std::copy_n(lane_, kLanes, lane);
    for (; left >= kLanes * kBlock; left -= kLanes * kBlock, at += kLanes * kBlock) {
      for (size_t i = 0; i < kLanes; ++i) lane[i] = two_rounds(load(at + i * kBlock), lane[i]);
    }
    for (const __m128i& each : lane) state = two_rounds(each, state);
  }
  for (; left >= kBlock; left -= kBlock, at += kBlock) state = two_rounds(load(at), state);
  if (left != 0) state = two_rounds(body.size() >= kBlock ? load(at + left - kBlock) : load_part(at, left), state);
  state = two_rounds(last_, state);
  const auto print = static_cast<uint64_t>(_mm_cvtsi128_si64(state));
  return print == 0 ? 1 : print;
}

}  // namespace glacis
