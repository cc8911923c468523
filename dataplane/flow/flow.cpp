#include "dataplane/flow/flow.h"

#include <cstring>

namespace glacis {
namespace {

IpAddress address(const std::array<uint8_t, 12>& head, uint32_t tail) {
  IpAddress out;
  std::memcpy(out.bytes.data(), head.data(), head.size());
  std::memcpy(out.bytes.data() + head.size(), &tail, sizeof tail);
  return out;
}

}  // namespace

FlowKey Flow::key() const {
  FlowKey out;
  out.low = address(cold.low_head, hot.key.low_tail);
  out.high = address(cold.high_head, hot.key.high_tail);
  out.low_port = hot.key.low_port;
  out.high_port = hot.key.high_port;
  out.vlan_outer = static_cast<uint16_t>(hot.key.vlans_protocol >> 20);
  out.vlan_inner = static_cast<uint16_t>(hot.key.vlans_protocol >> 8 & 0xfff);
  out.protocol = hot.key.protocol();
  out.ip_version = static_cast<uint8_t>(hot.ip_version & ~kSegmented);
  out.segment = cold.segment;
  return out;
}

}  // namespace glacis
