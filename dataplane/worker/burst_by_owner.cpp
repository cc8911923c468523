#include "dataplane/worker/burst_by_owner.h"

#include "dataplane/decode/decode_usual.h"
#include "dataplane/packet/frame.h"

namespace glacis {
// Not the seed of the workers' flow tables: else each would meet a part of the hashes only.
BurstByOwner::BurstByOwner(uint64_t hash_seed, size_t workers) : hash_(~hash_seed), owned_(workers) {}

void BurstByOwner::sort(const RxBurst& rx, WorkerId without_flow) {
  for (Owned& owned : owned_) owned.count = 0;
  prefetch_frames(rx.burst);
  for (uint16_t i = 0; i < rx.burst.count; ++i) {
    Layers layers;
    // Checksums are the owner's to verify.
    decode_fast(frame_of(rx.burst.mbuf[i]), rx.link[i], layers, Checksums::kKnownGood);
    const bool keyed = layers.result == DecodeResult::kOk;
    Owned& owned = owned_[keyed ? (hash_(layers.key) >> 32) * owned_.size() >> 32 : without_flow.value];
    owned.packets[owned.count++] = rx.burst.mbuf[i];
  }
}

}  // namespace glacis
