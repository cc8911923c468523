#include "dataplane/worker/burst_by_owner.h"

#include <rte_mbuf.h>

#include "dataplane/decode/decode_brief.h"
#include "dataplane/decode/decode_usual.h"
#include "dataplane/packet/frame.h"

namespace glacis {
namespace {

// All fragments of a datagram have this key. Of IPv6 the first one's next header alone counts (RFC 8200, 4.5), so
// that it tells no two datagrams apart.
FlowKey datagram_key(const Layers& fragment) {
  FlowKey key = fragment.key;
  key.protocol = key.ip_version == 6 ? uint8_t{0} : fragment.fragment.protocol;
  key.low_port = static_cast<uint16_t>(fragment.fragment.id);
  key.high_port = static_cast<uint16_t>(fragment.fragment.id >> 16);
  return key;
}

}  // namespace

// Not the seed of the workers' flow tables: else each would meet a part of the hashes only.
BurstByOwner::BurstByOwner(uint64_t hash_seed, size_t workers, VlanInKey vlan_in_key, FragmentJoiner& joiner,
                           std::optional<WorkerId> self)
    : hash_(~hash_seed), options_(Checksums::kKnownGood, vlan_in_key), joiner_(joiner), self_(self), owned_(workers) {}

void BurstByOwner::sort(RxBurst& rx, WorkerId without_flow, const Generation& generation) {
  for (Owned& owned : owned_) owned.count = 0;
  prefetch_frames(rx.burst);
  uint16_t kept = 0;
  for (uint16_t i = 0; i < rx.burst.count; ++i) {
    const std::optional<size_t> owner = owner_of(rx, i, without_flow, generation);
    if (!owner) continue;
    Owned& owned = owned_[*owner];
    owned.packets[owned.count++] = rx.burst.mbuf[i];
    if (kept != i) rx.copy_column(i, kept);
    ++kept;
  }
  rx.burst.count = kept;
}

// Checksums are the owner's to verify. Nothing: a fragment that was taken.
std::optional<size_t> BurstByOwner::owner_of(RxBurst& rx, uint16_t i, WorkerId without_flow,
                                             const Generation& generation) {
  const auto frame = frame_of(rx.burst.mbuf[i]);
  Brief brief;
  if (rx.link[i] == LinkType::kEthernet && decode_brief(frame, options_, brief)) {
    return by(hash_(brief.key));
  }
  Layers layers;
  if (rx.link[i] == LinkType::kDatagram) {
    layers = layers_of_datagram(rx.burst.mbuf[i], options_);
  } else {
    decode_fast(frame, rx.link[i], layers, options_);
  }
  if (layers.result == DecodeResult::kFragment) return owner_of_fragment(rx, i, layers, without_flow, generation);
  return layers.result == DecodeResult::kOk ? by(hash_(layers.key)) : without_flow.value;
}

std::optional<size_t> BurstByOwner::owner_of_fragment(RxBurst& rx, uint16_t i, Layers& layers, WorkerId without_flow,
                                                      const Generation& generation) {
  rte_mbuf*& mbuf = rx.burst.mbuf[i];
  for (int joined = 0; joined < kMaxTunnels && layers.result == DecodeResult::kFragment; ++joined) {
    const size_t owner = by(hash_(datagram_key(layers)));
    if (self_ && owner != self_->value) {
      mark_fragment(mbuf);
      return owner;
    }
    mbuf = joiner_.join(rx.burst, i, layers, generation);
    if (mbuf == nullptr) return std::nullopt;
    rx.link[i] = LinkType::kDatagram;
    layers = layers_of_datagram(mbuf, options_);
  }
  return layers.result == DecodeResult::kOk ? by(hash_(layers.key)) : without_flow.value;
}

void mark_fragment(rte_mbuf* mbuf) { mbuf->packet_type = RTE_PTYPE_L4_FRAG; }

bool is_marked_fragment(const rte_mbuf* mbuf) { return (mbuf->packet_type & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_FRAG; }

}  // namespace glacis
