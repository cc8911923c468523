#include "dataplane/worker/hand_over.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>

namespace glacis {

Expected<std::unique_ptr<HandOverRings>> HandOverRings::make(uint16_t workers, size_t packets) {
  std::unique_ptr<HandOverRings> out(new HandOverRings(workers));
  for (size_t i = 0; i < out->rings_.size(); ++i) {
    if (i / workers == i % workers) continue;
    auto ring = make_packet_ring(packets);
    if (!ring) return std::unexpected(ring.error());
    out->rings_[i] = std::move(*ring);
  }
  return out;
}

bool HandOverRings::all_left() const {
  return std::all_of(left_.begin(), left_.end(), [](const Left& l) { return l.word.load(std::memory_order_acquire); });
}

HandOver::HandOver(WorkerId self, uint64_t hash_seed, VlanInKey vlan_in_key, HandOverRings& rings,
                   FragmentJoiner& joiner, MbufStampField stamp)
    : self_(self), rings_(rings), stamp_(stamp), by_owner_(hash_seed, rings.workers(), vlan_in_key, joiner, self) {}

void HandOver::keep_own(RxBurst& rx, const Generation& generation) {
  by_owner_.sort(rx, self_, generation);
  const auto own = by_owner_.of(self_);
  // Nothing is given once this worker has left: a datagram that another one owns is processed here then.
  if (left_ || own.size() == rx.burst.count) return;
  write_stamps(rx, stamp_);
  for (WorkerId owner; owner.value < rings_.workers(); ++owner.value) {
    if (owner != self_) give(owner, by_owner_.of(owner));
  }
  std::copy(own.begin(), own.end(), rx.burst.mbuf.begin());
  rx.burst.count = static_cast<uint16_t>(own.size());
  fill_columns(rx, stamp_);
}

void HandOver::join_fragments(RxBurst& rx, const Generation& generation) {
  const auto packets = std::span(rx.burst.mbuf).first(rx.burst.count);
  if (std::ranges::any_of(packets, is_marked_fragment)) keep_own(rx, generation);
}

void HandOver::give(WorkerId owner, std::span<rte_mbuf* const> packets) {
  if (packets.empty()) return;
  const unsigned taken =
      rte_ring_sp_enqueue_burst(rings_.ring(self_, owner), reinterpret_cast<void* const*>(packets.data()),
                                static_cast<unsigned>(packets.size()), nullptr);
  handed_over_.add(taken);
  if (taken == packets.size()) return;
  ring_full_.add(packets.size() - taken);
  for (rte_mbuf* mbuf : packets.subspan(taken)) rte_pktmbuf_free(mbuf);
}

void HandOver::take(RxBurst& rx, uint16_t most) {
  rx.burst.count = 0;
  for (uint16_t tried = 0; tried < rings_.workers() && rx.burst.count == 0; ++tried) {
    rte_ring* const ring = rings_.ring(WorkerId(next_), self_);
    next_ = static_cast<uint16_t>((next_ + 1) % rings_.workers());
    if (ring == nullptr) continue;
    unsigned left = 0;
    rx.burst.count = static_cast<uint16_t>(
        rte_ring_sc_dequeue_burst(ring, reinterpret_cast<void**>(rx.burst.mbuf.data()), most, &left));
    fill_percent_ = static_cast<uint8_t>((rx.burst.count + left) * 100 / rte_ring_get_capacity(ring));
  }
}

}  // namespace glacis
