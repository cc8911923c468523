#include "dataplane/worker/burst_by_owner.h"

#include "dataplane/decode/decode_brief.h"
#include "dataplane/decode/decode_usual.h"
#include "dataplane/packet/frame.h"

namespace glacis {
// Not the seed of the workers' flow tables: else each would meet a part of the hashes only.
BurstByOwner::BurstByOwner(uint64_t hash_seed, size_t workers) : hash_(~hash_seed), owned_(workers) {}

void BurstByOwner::sort(const RxBurst& rx, WorkerId without_flow) {
  for (Owned& owned : owned_) owned.count = 0;
  prefetch_frames(rx.burst);
  for (uint16_t i = 0; i < rx.burst.count; ++i) {
    Owned& owned = owned_[owner_of(frame_of(rx.burst.mbuf[i]), rx.link[i], without_flow)];
    owned.packets[owned.count++] = rx.burst.mbuf[i];
  }
}

// Checksums are the owner's to verify.
size_t BurstByOwner::owner_of(std::span<const uint8_t> frame, LinkType link, WorkerId without_flow) const {
  const auto by = [this](uint64_t hash) { return (hash >> 32) * owned_.size() >> 32; };
  Brief brief;
  if (link == LinkType::kEthernet && decode_brief(frame, Checksums::kKnownGood, brief)) return by(hash_(brief.key));
  Layers layers;
  decode_fast(frame, link, layers, Checksums::kKnownGood);
  return layers.result == DecodeResult::kOk ? by(hash_(layers.key)) : without_flow.value;
}

}  // namespace glacis
