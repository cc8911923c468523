#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/packet/layers.h"

namespace glacis {

// What a flow's first packet came in: the innermost tunnel around it. Plain data.
struct Carrier {
  TunnelKind kind = TunnelKind::kNone;
  uint8_t tunnels = 0;            // IP packets around it; 0: on a link, or none
  IpAddress source, destination;  // of the outer packet, as the first packet was sent; none on a link

  Carrier() = default;
  explicit Carrier(const Layers& packet)
      : kind(packet.tunnel),
        tunnels(packet.tunnels),
        source(packet.outer_source),
        destination(packet.outer_destination) {}
  friend bool operator==(const Carrier&, const Carrier&) = default;
};

// By TunnelKind.
inline constexpr std::array<std::string_view, static_cast<size_t>(TunnelKind::kCount)> kTunnelNames = {
    "none", "mpls", "pppoe", "ip-in-ip", "6in4", "gre", "pptp", "erspan", "vxlan", "geneve", "gtp-u", "teredo"};

}  // namespace glacis
