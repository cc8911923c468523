#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/ids.h"
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
  std::array<Layers, kMaxBurst> layers;
};

}  // namespace glacis
