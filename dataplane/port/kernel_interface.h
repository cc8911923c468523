#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glacis {

// What the kernel says of one of its network interfaces: system calls, so not for workers.
// Thread: any.

// 0: there is no interface of that name. Another one under the same name has another index.
[[nodiscard]] unsigned interface_index(const std::string& name);
enum class InterfaceLink : uint8_t { kUp, kNoCarrier, kSwitchedOff };
[[nodiscard]] InterfaceLink interface_link(const std::string& name);
// Frames the interface lost before any socket saw them: its driver, its ring, the kernel's backlog.
[[nodiscard]] uint64_t interface_drops(const std::string& name);
// Offloads that are on and make frames differ from what is on the wire (joined segments, unfinished
// checksums), by the words that "ethtool -K NAME WORD off" takes: "tso", "gso", "gro", "lro", "tx".
[[nodiscard]] std::vector<std::string> offloads_on(const std::string& name);

// The numbers of this process's open descriptors.
[[nodiscard]] std::vector<int> own_descriptors();

// Why this process cannot open a packet socket, as errno; 0: it can.
[[nodiscard]] int packet_socket_error();

// The packet socket that net_af_packet holds on an interface and does not show: a second descriptor
// of it, for what the driver does not ask the kernel. Owns that descriptor. Threads: any.
class PacketSocket {
 public:
  // Nothing when no packet socket of this process stands on the interface with that index.
  [[nodiscard]] static std::optional<PacketSocket> on(unsigned interface_index);
  ~PacketSocket();
  PacketSocket(PacketSocket&& from) noexcept : file_(from.file_) { from.file_ = -1; }
  PacketSocket(const PacketSocket&) = delete;
  PacketSocket& operator=(const PacketSocket&) = delete;
  PacketSocket& operator=(PacketSocket&&) = delete;

  // Frames that found the ring full since the last call: the kernel forgets them as it tells.
  [[nodiscard]] uint64_t take_drops() const;
  // Frames for others too, as long as the socket is open; needs no right beyond the socket's own,
  // and ends with the process. False: the interface cannot.
  bool see_all() const;

 private:
  explicit PacketSocket(int file) : file_(file) {}
  int file_;
};

}  // namespace glacis
