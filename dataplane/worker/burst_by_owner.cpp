#include "dataplane/worker/burst_by_owner.h"

#include <rte_mbuf.h>

#include "dataplane/decode/decode_usual.h"

namespace glacis {
namespace {

// Checksums are the owner's to verify.
Layers layers_of(const rte_mbuf* mbuf, LinkType link) {
  constexpr auto kGood = Checksums::kKnownGood;
  const std::span<const uint8_t> frame(rte_pktmbuf_mtod(mbuf, const uint8_t*), rte_pktmbuf_data_len(mbuf));
  Layers layers;
  if (link != LinkType::kEthernet || !decode_usual(frame, layers, kGood)) layers = decode(frame, link, kGood);
  return layers;
}

}  // namespace

// Not the seed of the workers' flow tables: else each would meet a part of the hashes only.
BurstByOwner::BurstByOwner(uint64_t hash_seed, size_t workers) : hash_(~hash_seed), owned_(workers) {}

void BurstByOwner::sort(const RxBurst& rx, WorkerId without_flow) {
  for (Owned& owned : owned_) owned.count = 0;
  for (uint16_t i = 0; i < rx.burst.count; ++i) __builtin_prefetch(rte_pktmbuf_mtod(rx.burst.mbuf[i], const void*));
  for (uint16_t i = 0; i < rx.burst.count; ++i) {
    const Layers layers = layers_of(rx.burst.mbuf[i], rx.link[i]);
    const bool keyed = layers.result == DecodeResult::kOk;
    Owned& owned = owned_[keyed ? (hash_(layers.key) >> 32) * owned_.size() >> 32 : without_flow.value];
    owned.packets[owned.count++] = rx.burst.mbuf[i];
  }
}

}  // namespace glacis
