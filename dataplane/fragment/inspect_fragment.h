#pragma once

#include <cstdint>
#include <span>

#include "dataplane/fragment/fragment.h"

namespace glacis {

// What one fragment says by itself, before anybody asks whose it is. Thread: any.
struct InspectedFragment {
  FragmentRefusal refusal = FragmentRefusal::kNone;
  std::span<const uint8_t> body;  // what the target takes of it
  AnomalySet anomalies;
};
[[nodiscard]] InspectedFragment inspect_fragment(const Fragment& fragment, FragmentPolicy policy, uint32_t tiny_bytes);

// Whether a datagram that begins with these bytes has its transport header in them, extension headers passed (RFC 1858,
// RFC 7112). Of protocols that are not known nothing is asked.
[[nodiscard]] bool has_transport_header(uint8_t protocol, std::span<const uint8_t> bytes);

}  // namespace glacis
