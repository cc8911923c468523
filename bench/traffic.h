#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/frame_template.h"
#include "dataplane/base/error.h"
#include "dataplane/port/mbuf_pool.h"

struct rte_mbuf;

namespace glacis::bench {

// kTcp: acknowledgements of either direction; kUdp: 18 bytes without a checksum, from the initiator. 64 B on the wire
// (60 and the frame check sequence) over IPv4 without a tag or payload.
enum class Small : uint8_t { kTcp, kUdp };

// Payloads of IMIX: of twelve frames seven of 64 B on the wire, four of 594 and one of 1518, over IPv4 without a tag.
inline constexpr std::array<uint16_t, 12> kImix{0, 0, 0, 0, 0, 0, 0, 536, 536, 536, 536, 1460};
inline constexpr std::array<uint16_t, 1> kEmpty{0};

struct TrafficOptions {
  Small kind = Small::kTcp;
  size_t packets = 65'536;  // of a round
  size_t flows = 10'000;
  uint64_t seed = 1;
  // The rest is kTcp's alone.
  unsigned ip6_percent = 0, vlan_percent = 0;  // of the flows
  double zipf = 0;  // a flow's share of the packets falls with its rank to this power; 0: all have the same
  unsigned elephant_percent = 0;                     // of the packets: one flow's
  std::span<const uint16_t> payload_bytes = kEmpty;  // each packet's is one of them, all equally often; borrowed
};
// "64 B TCP, both directions, 30 % IPv6"
[[nodiscard]] std::string name_of(const TrafficOptions& options);

// Where a packet's payload stands in its direction of its flow, round by round: from `first` on, `per_round` further
// each time. Modulo 2^32.
struct StreamPlace {
  uint32_t first, per_round;
};

// TCP packets between flows that are drawn from a seed. Plain data.
class Traffic {
 public:
  explicit Traffic(const TrafficOptions& options);

  // Every shape that may come; a packet's `shape` is a place in it.
  [[nodiscard]] std::span<const FrameTemplate> shapes() const { return shapes_; }
  // A SYN of each of these flows, then its answer of each, then an acknowledgement of each. Flow numbers are in no
  // order of popularity.
  [[nodiscard]] std::vector<PacketEnds> handshakes(size_t first, size_t count) const;
  [[nodiscard]] std::vector<PacketEnds> syns(size_t first, size_t count) const;

  struct Round {
    std::vector<PacketEnds> packets;
    std::vector<StreamPlace> places;     // of each packet
    std::vector<uint32_t> others_until;  // packets before each, and of all at the end, that are not the elephant's
  };
  // options.packets by the flows' popularity, of either direction; without `places` and `others_until` if all packets
  // are empty.
  [[nodiscard]] Round round() const;

 private:
  void add_greetings(std::vector<PacketEnds>& to, size_t first, size_t count, uint8_t flags) const;
  [[nodiscard]] PacketEnds packet(size_t flow, bool from_initiator, uint8_t flags, uint16_t payload_bytes) const;

  const TrafficOptions options_;
  std::vector<FrameTemplate> shapes_;
};

// Frames in mbufs whose order in memory is shuffled, so that neither the pool nor the processor's
// prefetcher knows where the next one stands. Owns pool and mbufs; needs EAL. Thread: one at a
// time.
class MbufTraffic {
 public:
  // Each fails when memory is short. A round of `options`, as it stands:
  [[nodiscard]] static Expected<std::unique_ptr<MbufTraffic>> small(const TrafficOptions& options);
  // Mbufs that RingPort writes packets of these shapes into.
  [[nodiscard]] static Expected<std::unique_ptr<MbufTraffic>> blank(std::span<const FrameTemplate> shapes,
                                                                    size_t mbufs);
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

}  // namespace glacis::bench
