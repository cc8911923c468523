#include "dataplane/port/xdp_sockets.h"

#include <fcntl.h>
#include <linux/if_xdp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "dataplane/port/kernel_interface.h"

namespace glacis {
namespace {

bool is_xdp(int file) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return ::getsockopt(file, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_XDP;
}

}  // namespace

std::vector<int> XdpSockets::opened() {
  std::vector<int> out = own_descriptors();
  std::erase_if(out, [](int file) { return !is_xdp(file); });
  return out;
}

XdpSockets::XdpSockets(const std::vector<int>& before) {
  for (const int file : opened()) {
    if (std::find(before.begin(), before.end(), file) != before.end()) continue;
    const int own = ::fcntl(file, F_DUPFD_CLOEXEC, 0);
    if (own >= 0) files_.push_back(own);
  }
}

XdpSockets::~XdpSockets() {
  for (const int file : files_) ::close(file);
}

uint64_t XdpSockets::ring_full() const {
  uint64_t out = 0;
  for (const int file : files_) {
    xdp_statistics stats{};
    socklen_t size = sizeof stats;
    if (::getsockopt(file, SOL_XDP, XDP_STATISTICS, &stats, &size) == 0) out += stats.rx_ring_full;
  }
  return out;
}

}  // namespace glacis
