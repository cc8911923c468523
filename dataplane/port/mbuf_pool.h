#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/error.h"

struct rte_mempool;

namespace glacis {

inline constexpr uint16_t kMbufDataRoom = 2048 + 128;
// Mbufs that an lcore keeps for itself, so that most allocations touch no shared line; others cannot have them.
inline constexpr uint32_t kMbufCache = 256;
// Most of them: DPDK gives some back at one and a half times the size (rte_mempool.h).
inline constexpr uint32_t kMostCached = kMbufCache * 3 / 2;

// A pool of mbufs: in DPDK's memory where that is on hugepages, else in memory of its own, on huge pages where the
// kernel has them; without hugepages DPDK would put one mbuf on each 4 KiB page, which costs four times the receive
// time. Owns the pool and its memory; outlives every port that uses it.
class MbufPool {
 public:
  // Fails when memory is short or the name is taken. `data_room` includes 128 bytes of headroom; `private_bytes`, a
  // multiple of 8, stand beside it (rte_mbuf_to_priv).
  [[nodiscard]] static Expected<std::unique_ptr<MbufPool>> make(const std::string& name, uint32_t count,
                                                                uint16_t data_room = kMbufDataRoom,
                                                                uint16_t private_bytes = 0);
  ~MbufPool();
  MbufPool(const MbufPool&) = delete;
  MbufPool& operator=(const MbufPool&) = delete;
  [[nodiscard]] rte_mempool* get() const { return pool_; }

 private:
  MbufPool() = default;
  rte_mempool* pool_ = nullptr;
  void* memory_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace glacis
