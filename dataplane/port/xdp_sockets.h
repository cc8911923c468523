#pragma once

#include <cstdint>
#include <vector>

namespace glacis {

// The AF_XDP sockets that net_af_xdp opens for the queues of a port and does not show: second descriptors
// of them, for what the driver does not ask the kernel. Owns those descriptors. Threads: any; made by
// main around the opening of the port, when nobody else opens such sockets.
class XdpSockets {
 public:
  // This process's, as descriptors that others own.
  [[nodiscard]] static std::vector<int> opened();
  // Those that have been opened since `before` was.
  explicit XdpSockets(const std::vector<int>& before);
  ~XdpSockets();
  XdpSockets(const XdpSockets&) = delete;
  XdpSockets& operator=(const XdpSockets&) = delete;

  [[nodiscard]] bool empty() const { return files_.empty(); }
  // Frames that found a receive ring full. Not in the driver's imissed, which has the kernel's other
  // drops: for want of a buffer, or too long for one.
  [[nodiscard]] uint64_t ring_full() const;

 private:
  std::vector<int> files_;
};

}  // namespace glacis
