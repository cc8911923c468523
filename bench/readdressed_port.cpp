#include "bench/readdressed_port.h"

#include <rte_mbuf.h>

#include "dataplane/decode/decode_usual.h"
#include "dataplane/packet/frame.h"

namespace glacis::bench {
namespace {

constexpr uint8_t kTcp = 6, kUdp = 17, kIcmp6 = 58;

// RFC 1624, equation 3, for the second byte of a word.
void change_sum(uint8_t* sum, uint8_t before, uint8_t after) {
  uint32_t folded = static_cast<uint16_t>(~(sum[0] << 8 | sum[1])) + static_cast<uint16_t>(~before) + after;
  folded = (folded & 0xffff) + (folded >> 16);
  folded = (folded & 0xffff) + (folded >> 16);
  sum[0] = static_cast<uint8_t>(~folded >> 8);
  sum[1] = static_cast<uint8_t>(~folded);
}

// Where the sum stands that covers the addresses too, in its header; 0: nowhere.
size_t covering_sum(const Layers& packet, const uint8_t* l4) {
  switch (packet.key.protocol) {
    case kTcp:
      return 16;
    case kUdp:
      return packet.key.ip_version == 4 && l4[6] == 0 && l4[7] == 0 ? 0 : 6;  // none was made (RFC 768)
    case kIcmp6:
      return packet.key.ip_version == 6 ? 2 : 0;
    default:
      return 0;
  }
}

}  // namespace

uint16_t ReaddressedPort::rx_burst(uint16_t queue, std::span<rte_mbuf*> out) {
  const uint16_t count = port_.rx_burst(queue, out);
  for (rte_mbuf* const mbuf : out.first(count)) {
    MbufStamp& stamp = stamp_.of(mbuf);
    stamp.time = now_ = now_ + kStep;
    const uint64_t round = (stamp.ordinal.value - 1) / packets_per_round_;
    if (round != 0 && stamp.link == LinkType::kEthernet) readdress(mbuf, round);
  }
  return count;
}

void ReaddressedPort::readdress(rte_mbuf* mbuf, uint64_t round) {
  decode_fast(frame_of(mbuf), LinkType::kEthernet, layers_, Checksums::kKnownGood);
  if (layers_.result != DecodeResult::kOk || layers_.icmp_error) return;
  auto* const l3 = rte_pktmbuf_mtod(mbuf, uint8_t*) + layers_.l3_offset;
  auto* const l4 = rte_pktmbuf_mtod(mbuf, uint8_t*) + layers_.l4_offset;
  const bool ip4 = layers_.key.ip_version == 4;
  const size_t covering = covering_sum(layers_, l4);
  const auto low = static_cast<uint8_t>(round), high = static_cast<uint8_t>(round >> 8);
  const auto change = [&](uint8_t& byte, uint8_t mask) {
    const auto changed = static_cast<uint8_t>(byte ^ mask);
    if (ip4) change_sum(l3 + 10, byte, changed);
    if (covering != 0) change_sum(l4 + covering, byte, changed);
    byte = changed;
  };
  change(l3[ip4 ? 15 : 23], layers_.from_low ? low : high);
  change(l3[ip4 ? 19 : 39], layers_.from_low ? high : low);
}

}  // namespace glacis::bench
