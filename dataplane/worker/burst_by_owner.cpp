#include "dataplane/worker/burst_by_owner.h"

#include <rte_mbuf.h>

#include "dataplane/decode/decode_usual.h"

namespace glacis {
namespace {

Layers layers_of(const rte_mbuf* mbuf, LinkType link) {
  const std::span<const uint8_t> frame(rte_pktmbuf_mtod(mbuf, const uint8_t*), rte_pktmbuf_data_len(mbuf));
  Layers layers;
  if (link != LinkType::kEthernet || !decode_usual(frame, layers)) layers = decode(frame, link);
  return layers;
}

}  // namespace

// Not the seed of the workers' flow tables: else each would meet a part of the hashes only.
BurstByOwner::BurstByOwner(uint64_t hash_seed, size_t workers) : hash_(~hash_seed), owned_(workers) {}

void BurstByOwner::sort(const RxBurst& rx, WorkerId without_flow) {
  for (Owned& owned : owned_) owned.count = 0;
  for (uint16_t i = 0; i < rx.burst.count; ++i) {
    const Layers layers = layers_of(rx.burst.mbuf[i], rx.link[i]);
    const bool keyed = layers.result == DecodeResult::kOk;
    Owned& owned = owned_[keyed ? hash_(layers.key) % owned_.size() : without_flow.value];
    owned.packets[owned.count++] = rx.burst.mbuf[i];
  }
}

}  // namespace glacis
