#include "dataplane/decode/decode.h"

#include "dataplane/decode/decoder.h"

namespace glacis {

Layers Decoder::run(Next next) {
  for (int layers = 0; next.layer != Layer::kDone; ++layers) {
    next = layers < kMaxLayers ? follow(next) : done(DecodeResult::kTooDeep);
  }
  out_.result = next.result;
  if (next.result != DecodeResult::kOk && next.result != DecodeResult::kFragment) fall_back(next.result);
  const bool turning = out_.key.protocol == kIpProtoTcp && (out_.tcp_flags & (kTcpSyn | kTcpFin | kTcpRst)) != 0;
  out_.plain = out_.result == DecodeResult::kOk && !out_.icmp_error && !turning;
  return out_;
}

Layers Decoder::run_datagram(const DatagramAround& around) {
  out_.anomalies = around.anomalies;
  out_.key.vlan_outer = around.vlan_outer;
  out_.key.vlan_inner = around.vlan_inner;
  out_.key.segment = around.segment;
  out_.tunnel = around.tunnel;
  out_.tunnels = around.tunnels;
  out_.target_drops = around.target_drops;
  out_.outer_source = around.outer_source;
  out_.outer_destination = around.outer_destination;
  return run({Layer::kIp, 0});
}

Decoder::Next Decoder::follow(const Next& at) {
  switch (at.layer) {
    case Layer::kEthernet:
      return ethernet(at.offset);
    case Layer::kEtherType:
      return by_ether_type(at.type, at.offset);
    case Layer::kLlc:
      return llc(at.offset);
    case Layer::kMpls:
      return mpls(at.offset);
    case Layer::kPppoe:
      return pppoe(at.offset);
    case Layer::kPpp:
      return ppp(at.offset);
    case Layer::kMacsec:
      return macsec(at.offset);
    case Layer::kIp:
      return ip(at.offset);
    case Layer::kIp4:
      return ip4(at.offset);
    case Layer::kIp6:
      return ip6(at.offset);
    case Layer::kDone:
      break;
  }
  return at;
}

// What a tunnel carries could not be keyed: the packet around it is.
void Decoder::fall_back(DecodeResult why) {
  if (carrier_) {
    out_ = *carrier_;
    if (why != DecodeResult::kTooDeep && why != DecodeResult::kNotIp) out_.anomalies.add(Anomaly::kBrokenTunnel);
  }
  if (why == DecodeResult::kTooDeep) out_.anomalies.add(Anomaly::kTooDeep);
}

bool link_type_known(uint32_t pcap_link_type) {
  switch (static_cast<LinkType>(pcap_link_type)) {
    case LinkType::kNull:
    case LinkType::kEthernet:
    case LinkType::kPpp:
    case LinkType::kOldRawIp:
    case LinkType::kOldRawIp2:
    case LinkType::kPppSerial:
    case LinkType::kPppoe:
    case LinkType::kRawIp:
    case LinkType::kCiscoHdlc:
    case LinkType::kLoop:
    case LinkType::kLinuxCooked:
    case LinkType::kRawIp4:
    case LinkType::kRawIp6:
    case LinkType::kNflog:
    case LinkType::kLinuxCooked2:
      return pcap_link_type <= 0xffff;
    case LinkType::kDatagram:
      break;
  }
  return false;
}

Layers decode(std::span<const uint8_t> frame, LinkType link, const DecodeOptions& options) {
  // Offsets are 16 bits; no link carries more in one frame than an IP packet and its headers.
  constexpr size_t kLongestFrame = 0xffff;
  const auto read = frame.first(frame.size() < kLongestFrame ? frame.size() : kLongestFrame);
  return Decoder(read, Decoder::Where::kWire, options).run(link);
}

Layers decode_datagram(std::span<const uint8_t> packet, const DatagramAround& around, const DecodeOptions& options) {
  return Decoder(packet, Decoder::Where::kWire, options).run_datagram(around);
}

}  // namespace glacis
