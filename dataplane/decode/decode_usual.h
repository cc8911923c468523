#pragma once

#include <cstdint>
#include <span>

#include "dataplane/decode/decode.h"
#include "dataplane/packet/layers.h"

namespace glacis {

// The usual Ethernet frame, decoded straight: at most one VLAN tag (0x8100), IPv4 without options, whole
// and not a fragment, or IPv6 without extension headers; TCP or UDP, no anomaly but a wrong checksum, no tunnel's port.
// True: `out` is what decode() would give, which is its plain twin. False: it is anything else, or something is wrong
// with it; `out` means nothing then. `frame` is hostile. Thread: any.
[[nodiscard]] bool decode_usual(std::span<const uint8_t> frame, Layers& out, const DecodeOptions& options = {});

// decode(), by the straight way where the frame is a usual one.
inline void decode_fast(std::span<const uint8_t> frame, LinkType link, Layers& out, const DecodeOptions& options) {
  const bool done = link == LinkType::kEthernet && decode_usual(frame, out, options);
  if (!done) out = decode(frame, link, options);
}

}  // namespace glacis
