#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/port/mbuf_pool.h"

struct rte_mbuf;

namespace glacis::bench {

// 64 B on the wire (60 and the frame check sequence) between flows drawn uniformly:
// kSmallTcp: acknowledgements of either direction, the first of each flow by its initiator;
// kSmallUdp: 18 bytes without a checksum, from the initiator.
enum class Small : uint8_t { kTcp, kUdp };

struct TrafficOptions {
  Small kind = Small::kTcp;
  size_t packets = 65'536;  // at least `flows`
  size_t flows = 10'000;
  uint64_t seed = 1;
};

// The ends of flow `index` of a seed, in zones of the reference policy that a flow line joins.
struct FlowEnds {
  IpAddress initiator, responder;
  uint16_t port = 0;  // the initiator's
  bool ip6 = false;
};
[[nodiscard]] FlowEnds draw_flow(uint64_t seed, size_t index, unsigned ip6_percent);

// What tells one small TCP frame from another: an IPv4 header's checksum, addresses and ports stand in 14
// bytes in a row, TCP's checksum apart. As on the wire.
struct SmallPacket {
  std::array<uint8_t, 14> sum_and_ends;
  std::array<uint8_t, 2> tcp_sum;
  [[nodiscard]] bool from_initiator() const { return sum_and_ends[12] != 443 >> 8 || sum_and_ends[13] != (443 & 0xff); }
};
// As many as options.packets, in a shuffled order: every flow once by its initiator, then any, of either
// direction. Of kind kTcp.
[[nodiscard]] std::vector<SmallPacket> small_packets(const TrafficOptions& options);
// Where it stands in a small frame.
inline constexpr size_t kSumAndEndsAt = 14 + 10, kTcpFlagsAt = 14 + 20 + 13, kTcpSumAt = 14 + 20 + 16;

// Frames in mbufs whose order in memory is shuffled, so that neither the pool nor the processor's
// prefetcher knows where the next one stands. Owns pool and mbufs; needs EAL. Thread: one at a
// time.
class MbufTraffic {
 public:
  // Fails when memory is short.
  [[nodiscard]] static Expected<std::unique_ptr<MbufTraffic>> small(const TrafficOptions& options);
  // In the order given; no frame is longer than 1514 bytes.
  [[nodiscard]] static Expected<std::unique_ptr<MbufTraffic>> of(std::span<const std::vector<uint8_t>> frames);
  ~MbufTraffic();
  MbufTraffic(const MbufTraffic&) = delete;
  MbufTraffic& operator=(const MbufTraffic&) = delete;

  [[nodiscard]] const std::vector<rte_mbuf*>& mbufs() const { return mbufs_; }
  [[nodiscard]] static size_t small_bytes_per_packet();

 private:
  MbufTraffic() = default;
  [[nodiscard]] static Expected<std::unique_ptr<MbufTraffic>> make(size_t packets, uint16_t room, uint64_t seed);
  std::unique_ptr<MbufPool> pool_;
  std::vector<rte_mbuf*> mbufs_;
};

[[nodiscard]] std::string name_of(Small kind);

}  // namespace glacis::bench
