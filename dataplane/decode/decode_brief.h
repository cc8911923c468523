#pragma once

#include <cstdint>
#include <span>

#include "dataplane/decode/decode.h"
#include "dataplane/decode/usual_frame.h"
#include "dataplane/packet/brief.h"

namespace glacis {

// The brief of the usual IPv4 frame (decode_usual.h), without its layers. True: `out` is Brief(decode(frame)).
// False: it is anything else, or something is wrong with it; `out` is as it was. `frame` is hostile.
// Thread: any.
[[nodiscard]] inline bool decode_brief(std::span<const uint8_t> frame, const DecodeOptions& options, Brief& out) {
  using Ip = usual::Ip4;
  const usual::Place at = usual::place_of(frame, options.vlan_in_key);
  if (at.type != usual::kTypeIp4) return false;
  const uint32_t total = usual::usual_total<Ip>(at);
  if (total == 0) return false;
  const uint32_t protocol = Ip::protocol(at.ip);
  const uint8_t* const l4 = at.ip + Ip::kHeader;
  const usual::Transport inner = usual::transport_of(l4, protocol, total - Ip::kHeader);
  if (inner.header == 0) return false;
  const uint32_t ports = usual::be32(l4);
  if (usual::odd_ports<Ip>(at.ip, ports)) return false;
  const bool from_low = Ip::from_low(at.ip, ports);
  out.key = ShortKey(Ip::ends(at.ip, from_low), usual::low_first(ports, from_low), at.vlan << 20 | protocol);
  out.l3_bytes = total;
  out.ip_version = Ip::kVersion;
  out.quiet = inner.plain() ? quiet_bit(inner.payload() != 0, from_low) : uint8_t{0};
  out.from_low = from_low;
  out.bad_checksum = options.checksums == Checksums::kVerify && !usual::checksums_hold<Ip>(at.ip, inner.length);
  return true;
}

}  // namespace glacis
