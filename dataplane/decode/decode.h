#pragma once

#include <cstdint>
#include <span>

#include "dataplane/packet/layers.h"

namespace glacis {

// How a frame begins; values are those of libpcap's LINKTYPE list.
enum class LinkType : uint16_t {
  kNull = 0,  // BSD loopback: 4 bytes of address family, either byte order
  kEthernet = 1,
  kRawIp = 101,  // begins with an IPv4 or IPv6 header
  kLoop = 108,   // OpenBSD loopback: as kNull, big-endian
  kLinuxCooked = 113,
  kRawIp4 = 228,
  kRawIp6 = 229,
  kLinuxCooked2 = 276,
};

[[nodiscard]] bool link_type_known(uint32_t pcap_link_type);

// Bytes -> layers. Reads nothing beyond `frame`, allocates nothing, never fails: what cannot be
// keyed says why in Layers::result. Ethernet padding is left out of the payload. kKnownGood: no checksum
// is summed, which of a full segment is most of the work. Any thread.
// Sources: IEEE 802.3/802.1Q, RFC 791, 8200, 9293, 768, 9260 (3.1), 792, 4443.
[[nodiscard]] Layers decode(std::span<const uint8_t> frame, LinkType link, Checksums checksums = Checksums::kVerify);

}  // namespace glacis
