#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/port/mbuf_pool.h"

struct rte_mbuf;

namespace glacis::bench {

enum class Sizes : uint8_t { kSmall, kMixed };  // 64 B on the wire; 7 : 4 : 1 of 64, 594 and 1518 B

struct TrafficOptions {
  size_t packets = 65'536;
  size_t flows = 10'000;
  Sizes sizes = Sizes::kSmall;
  uint64_t seed = 1;
};

// Frames from a seed, flows drawn uniformly, in the zones of the reference policy: TCP without SYN to
// port 443; in the mixed sizes also UDP (30 %), IPv6 (10 %) and a VLAN tag (5 %). Checksums are right.
[[nodiscard]] std::vector<std::vector<uint8_t>> make_frames(const TrafficOptions& options);
[[nodiscard]] std::string mix_name(Sizes sizes);

// Frames in mbufs, in shuffled order, so that neither the pool nor the processor's prefetcher knows what
// comes next. Owns pool and mbufs; needs EAL.
class MbufTraffic {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<MbufTraffic>> make(const TrafficOptions& options);
  ~MbufTraffic();
  MbufTraffic(const MbufTraffic&) = delete;
  MbufTraffic& operator=(const MbufTraffic&) = delete;
  [[nodiscard]] const std::vector<rte_mbuf*>& mbufs() const { return mbufs_; }

 private:
  MbufTraffic() = default;
  std::unique_ptr<MbufPool> pool_;
  std::vector<rte_mbuf*> mbufs_;
};

// What a driver's receive leaves in the cache: the headers of the mbufs, not the packets.
void touch_headers(std::span<rte_mbuf* const> mbufs);

}  // namespace glacis::bench
