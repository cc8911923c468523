#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/ids.h"
#include "dataplane/packet/brief.h"
#include "dataplane/packet/layers.h"

struct rte_mbuf;

namespace glacis {

inline constexpr uint16_t kMaxBurst = 64;

// Up to kMaxBurst packets and what the steps found, as plain columns. The worker that received the
// burst owns its mbufs and frees them at its end; no mbuf outlives its burst.
// Thread: the worker that holds it.
struct Burst {
  uint16_t count = 0;
  Nanos clock;  // the reader's event clock when the burst was taken; never runs back
  std::array<rte_mbuf*, kMaxBurst> mbuf;
  std::array<Nanos, kMaxBurst> time;  // each packet's own
  std::array<Ordinal, kMaxBurst> ordinal;
  std::array<PortId, kMaxBurst> port;
  std::array<Brief, kMaxBurst> brief;
  // Those that have been asked for: `filled` has bit i, and brief[i] is their summary.
  std::array<Layers, kMaxBurst> layers;
  uint64_t filled = 0;
  uint64_t datagrams = 0;  // bit i: packet i is a datagram that was put together from fragments

  // layers[i] has been filled in.
  void summarize(uint16_t i) {
    brief[i] = Brief(layers[i]);
    filled |= uint64_t{1} << i;
  }
  [[nodiscard]] bool is_datagram(uint16_t i) const { return (datagrams >> i & 1) != 0; }
  [[nodiscard]] bool is_filled(uint16_t i) const { return (filled >> i & 1) != 0; }
};
static_assert(kMaxBurst <= 64);

}  // namespace glacis
