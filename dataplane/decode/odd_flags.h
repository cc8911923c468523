#pragma once

#include <cstdint>

#include "dataplane/packet/layers.h"

namespace glacis {

// Sets of the six classic flags as one bit each (by the flags byte): those that no TCP sends are none at all, SYN with
// FIN or RST, FIN without ACK (Anomaly::kTcpFlags).
[[nodiscard]] consteval uint64_t sets_no_tcp_sends() {
  uint64_t out = 0;
  for (uint32_t flags = 0; flags < 64; ++flags) {
    const bool syn = (flags & kTcpSyn) != 0, fin = (flags & kTcpFin) != 0;
    const bool rst = (flags & kTcpRst) != 0, ack = (flags & kTcpAck) != 0;
    if (flags == 0 || (syn && (fin || rst)) || (fin && !ack)) out |= uint64_t{1} << flags;
  }
  return out;
}
// And those with URG.
inline constexpr uint64_t kNoTcpSends = sets_no_tcp_sends();
inline constexpr uint64_t kNoUsualFlags = kNoTcpSends | 0xffffffff00000000;
static_assert(kTcpUrg == 32);

[[nodiscard]] inline bool flags_no_tcp_sends(uint32_t flags) { return (kNoTcpSends >> (flags & 63) & 1) != 0; }

}  // namespace glacis
