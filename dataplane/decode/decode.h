#pragma once

#include <cstdint>
#include <span>

#include "dataplane/packet/layers.h"

namespace glacis {

// How a frame begins; values are those of libpcap's LINKTYPE list, and of its older DLT list where files have them.
enum class LinkType : uint16_t {
  kNull = 0,  // BSD loopback: 4 bytes of address family, either byte order
  kEthernet = 1,
  kPpp = 9,
  kOldRawIp = 12,   // as kRawIp
  kOldRawIp2 = 14,  // as kRawIp
  kPppSerial = 50,  // HDLC-like framing, or Cisco's
  kPppoe = 51,      // begins with the PPPoE header
  kRawIp = 101,     // begins with an IPv4 or IPv6 header
  kCiscoHdlc = 104,
  kLoop = 108,  // OpenBSD loopback: as kNull, big-endian
  kLinuxCooked = 113,
  kRawIp4 = 228,
  kRawIp6 = 229,
  kNflog = 239,  // attributes in little-endian order, the packet is one of them
  kLinuxCooked2 = 276,
  kDatagram = 0xffff,  // no link, and in no file: a whole IP packet that was put together from fragments
};

[[nodiscard]] bool link_type_known(uint32_t pcap_link_type);

// Whether flows of one pair of ends on two VLANs are two flows. The value masks the ids.
enum class VlanInKey : uint16_t { kNo = 0, kYes = 0x0fff };

// How frames are to be read; one for a port.
struct DecodeOptions {
  Checksums checksums = Checksums::kVerify;
  VlanInKey vlan_in_key = VlanInKey::kYes;

  DecodeOptions() = default;
  // The rest as by default.
  DecodeOptions(Checksums sums) : checksums(sums) {}  // NOLINT(google-explicit-constructor)
  DecodeOptions(Checksums sums, VlanInKey vlans) : checksums(sums), vlan_in_key(vlans) {}
};

// Bytes -> layers. Reads nothing beyond `frame`, allocates nothing, never fails: what cannot be
// keyed says why in Layers::result. Ethernet padding is left out of the payload. kKnownGood: no checksum
// is summed, which of a full segment is most of the work. Any thread.
// Tunnels are followed to the innermost IP packet that can be read; within the limits of layers.h. Where that ends
// early, the packet belongs to the flow that carries it: without a word when the inside is no IP (ARP, GTP-C, PPP's
// own), with kBrokenTunnel when it is bad, with kTooDeep beyond a limit. A whole datagram that was put together from
// fragments goes to decode_datagram().
// Sources: IEEE 802.3/802.2/802.1Q/802.1AE, RFC 791, 4302, 8200, 6946, 9293, 768, 9260 (3.1), 792, 4443; 3032, 4448,
// 2516, 1661, 1662; of tunnels see TunnelKind.
[[nodiscard]] Layers decode(std::span<const uint8_t> frame, LinkType link, const DecodeOptions& options = {});

// What stood around the fragments of a datagram: the part of their layers that the datagram's bytes do not say.
struct DatagramAround {
  AnomalySet anomalies;
  uint16_t vlan_outer = 0, vlan_inner = 0;
  uint32_t segment = 0;
  TunnelKind tunnel = TunnelKind::kNone;
  uint8_t tunnels = 0;
  bool target_drops = false;
  IpAddress outer_source, outer_destination;

  DatagramAround() = default;
  explicit DatagramAround(const Layers& fragment)
      : anomalies(fragment.anomalies),
        vlan_outer(fragment.key.vlan_outer),
        vlan_inner(fragment.key.vlan_inner),
        segment(fragment.key.segment),
        tunnel(fragment.tunnel),
        tunnels(fragment.tunnels),
        target_drops(fragment.target_drops),
        outer_source(fragment.outer_source),
        outer_destination(fragment.outer_destination) {}
};

// Of a whole datagram that was put together, a plain IP packet: as decode() would say of one frame that holds it all.
[[nodiscard]] Layers decode_datagram(std::span<const uint8_t> packet, const DatagramAround& around,
                                     const DecodeOptions& options = {});

}  // namespace glacis
