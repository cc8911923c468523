#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <span>

#include "dataplane/packet/burst.h"

namespace glacis {

// The bytes of a packet in one segment. Borrowed from the mbuf.
[[nodiscard]] inline std::span<const uint8_t> frame_of(const rte_mbuf* mbuf) {
  return {rte_pktmbuf_mtod(mbuf, const uint8_t*), rte_pktmbuf_data_len(mbuf)};
}

// Asks memory for the first line of every frame at once, so that the misses overlap: a few packets ahead is no
// time to come from memory.
[[gnu::always_inline]] inline void prefetch_frames(const Burst& burst) {
  for (uint16_t i = 0; i < burst.count; ++i) __builtin_prefetch(rte_pktmbuf_mtod(burst.mbuf[i], const void*));
}

}  // namespace glacis
