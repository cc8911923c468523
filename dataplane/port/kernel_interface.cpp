#include "dataplane/port/kernel_interface.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace glacis {
namespace {

ifreq request_for(const std::string& name) {
  ifreq out{};
  name.copy(out.ifr_name, IFNAMSIZ - 1);
  return out;
}

// One question about an interface. False: it is not there, or does not answer this one.
bool ask(unsigned long what, ifreq& request) {
  const int file = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return false;
  const bool good = ::ioctl(file, what, &request) == 0;
  ::close(file);
  return good;
}

bool offload_on(const std::string& name, uint32_t command, uint32_t flag) {
  ethtool_value value{command, 0};
  ifreq request = request_for(name);
  request.ifr_data = reinterpret_cast<char*>(&value);
  return ask(SIOCETHTOOL, request) && (value.data & flag) != 0;
}

bool stands_on(int file, unsigned index) {
  sockaddr_ll address{};
  socklen_t size = sizeof address;
  return ::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.sll_family == AF_PACKET &&
         address.sll_ifindex == static_cast<int>(index);
}

}  // namespace

unsigned interface_index(const std::string& name) { return if_nametoindex(name.c_str()); }

InterfaceLink interface_link(const std::string& name) {
  ifreq request = request_for(name);
  if (!ask(SIOCGIFFLAGS, request) || (request.ifr_flags & IFF_UP) == 0) return InterfaceLink::kSwitchedOff;
  return (request.ifr_flags & IFF_RUNNING) != 0 ? InterfaceLink::kUp : InterfaceLink::kNoCarrier;
}

uint64_t interface_drops(const std::string& name) {
  // Not /sys/class/net: that one shows the namespace in which it was mounted.
  std::ifstream in("/proc/self/net/dev");
  for (std::string line; std::getline(in, line);) {
    const size_t colon = line.find(':');
    const size_t first = line.find_first_not_of(' ');
    if (colon == std::string::npos || line.substr(first, colon - first) != name) continue;
    uint64_t bytes = 0, packets = 0, errors = 0, drops = 0;
    std::istringstream(line.substr(colon + 1)) >> bytes >> packets >> errors >> drops;
    return drops;
  }
  return 0;
}

std::vector<std::string> offloads_on(const std::string& name) {
  struct Offload {
    const char* word;
    uint32_t command, flag;
  };
  static constexpr uint32_t kAny = ~0U;
  static constexpr Offload kOffloads[] = {{"tso", ETHTOOL_GTSO, kAny},
                                          {"gso", ETHTOOL_GGSO, kAny},
                                          {"gro", ETHTOOL_GGRO, kAny},
                                          {"lro", ETHTOOL_GFLAGS, ETH_FLAG_LRO},
                                          {"tx", ETHTOOL_GTXCSUM, kAny}};
  std::vector<std::string> out;
  for (const Offload& offload : kOffloads) {
    if (offload_on(name, offload.command, offload.flag)) out.emplace_back(offload.word);
  }
  return out;
}

int packet_socket_error() {
  const int file = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (file < 0) return errno;
  ::close(file);
  return 0;
}

std::vector<int> own_descriptors() {
  std::vector<int> out;
  std::error_code error;
  std::filesystem::directory_iterator at("/proc/self/fd", error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string number = at->path().filename().string();
    int file = -1;
    std::from_chars(number.data(), number.data() + number.size(), file);
    out.push_back(file);
  }
  return out;
}

std::optional<PacketSocket> PacketSocket::on(unsigned interface_index) {
  for (const int file : own_descriptors()) {
    if (!stands_on(file, interface_index)) continue;
    const int own = ::fcntl(file, F_DUPFD_CLOEXEC, 0);
    if (own >= 0) return PacketSocket(own);
  }
  return std::nullopt;
}

PacketSocket::~PacketSocket() {
  if (file_ >= 0) ::close(file_);
}

uint64_t PacketSocket::take_drops() const {
  tpacket_stats_v3 stats{};  // starts as version 1 and 2 do
  socklen_t size = sizeof stats;
  return ::getsockopt(file_, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0 ? stats.tp_drops : 0;
}

bool PacketSocket::see_all() const {
  sockaddr_ll address{};
  socklen_t size = sizeof address;
  if (::getsockname(file_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  packet_mreq all{};
  all.mr_ifindex = address.sll_ifindex;
  all.mr_type = PACKET_MR_PROMISC;
  return ::setsockopt(file_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) == 0;
}

}  // namespace glacis
