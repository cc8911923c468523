#pragma once

#include <tuple>

#include "dataplane/packet/brief.h"
#include "dataplane/packet/layers.h"

namespace glacis {

// Every field; a new one in Layers must be named here.
[[nodiscard]] inline auto fields_of(const Layers& l) {
  return std::tie(l.key, l.from_low, l.result, l.tcp_flags, l.bad_checksum, l.plain, l.icmp_error, l.icmp_refusal,
                  l.tcp_seq, l.tcp_ack, l.l3_bytes, l.l3_offset, l.l4_offset, l.payload_offset, l.payload_bytes, l.ttl,
                  l.anomalies, l.tcp_window, l.tcp_urgent, l.tcp_mss, l.tcp_window_scale, l.tcp_has_time, l.tcp_time,
                  l.tcp_time_echo, l.tunnel, l.tunnels, l.target_drops, l.outer_source, l.outer_destination,
                  l.fragment);
}
[[nodiscard]] inline bool same_layers(const Layers& a, const Layers& b) { return fields_of(a) == fields_of(b); }

[[nodiscard]] inline bool same_brief(const Brief& a, const Brief& b) {
  const auto rest = [](const Brief& x) {
    return std::tie(x.l3_bytes, x.ip_version, x.quiet, x.from_low, x.bad_checksum);
  };
  return a.key == b.key && rest(a) == rest(b);
}

}  // namespace glacis
