#pragma once

#include <cstdint>
#include <string_view>

namespace glacis {

// Packets that each receive queue of a device has room for; drivers may take another number.
inline constexpr uint16_t kRxDescriptors = 1024;

// Mbufs that the receive rings of a DPDK device hold from its start, at most. `device`: "net_af_xdp0",
// "0000:03:00.0". Drivers that take an mbuf for a packet once it is asked for hold none.
[[nodiscard]] inline uint32_t device_mbufs(std::string_view device, uint16_t queues) {
  if (device.starts_with("net_af_packet") || device.starts_with("net_null")) return 0;
  // The kernel is given these, whatever the queue was asked to have (measured).
  constexpr uint32_t kXdpFill = 2048;
  return queues * (device.starts_with("net_af_xdp") ? kXdpFill : uint32_t{kRxDescriptors});
}

}  // namespace glacis
