#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/worker/burst_by_owner.h"
#include "dataplane/worker/core_counters.h"
#include "dataplane/worker/packet_ring.h"

namespace glacis {

// The ways between workers that read ports themselves: a bounded ring for each ordered pair, so that each
// has one producer and one consumer, and a word of each worker that says it has given its last packet.
// Owns the rings. Threads: make by control; ring(a, b) is filled by worker a and emptied by worker b.
class HandOverRings {
 public:
  // `packets`: room of each ring. Fails without memory.
  [[nodiscard]] static Expected<std::unique_ptr<HandOverRings>> make(uint16_t workers, size_t packets);

  [[nodiscard]] uint16_t workers() const { return static_cast<uint16_t>(left_.size()); }
  // Null from a worker to itself.
  [[nodiscard]] rte_ring* ring(WorkerId from, WorkerId to) const {
    return rings_[from.value * left_.size() + to.value].get();
  }
  // `worker` gives nothing more. Released after its last packet is in its ring.
  void leave(WorkerId worker) { left_[worker.value].word.store(true, std::memory_order_release); }
  // Whoever asks before it empties its rings has then seen everything.
  [[nodiscard]] bool all_left() const;

 private:
  explicit HandOverRings(uint16_t workers) : rings_(size_t{workers} * workers), left_(workers) {}
  struct alignas(64) Left {
    std::atomic<bool> word{false};
  };
  std::vector<RingPointer> rings_;  // by giver, then by taker
  std::vector<Left> left_;          // by worker
};

// One worker's end of those ways. Receive side scaling is only a first cut: what a worker reads and
// another one owns goes to its owner. A full ring: the packet is freed and counted, for the reader of a
// wire cannot wait. Borrows the rings. Thread: its worker; counters by any.
class HandOver {
 public:
  HandOver(WorkerId self, uint64_t hash_seed, VlanInKey vlan_in_key, HandOverRings& rings, FragmentJoiner& joiner,
           MbufStampField stamp);

  // Gives away what others own; `rx` keeps the rest in its order. What has no flow stays with its reader, and
  // fragments of its own datagrams stay until these are whole. `generation`: see FragmentJoiner::join.
  void keep_own(RxBurst& rx, const Generation& generation);
  // Of packets that others have given: fragments become datagrams, which may be others' again.
  void join_fragments(RxBurst& rx, const Generation& generation);
  // What waits for its other fragments ages.
  void advance(Nanos clock, const Generation& generation) { by_owner_.advance(clock, generation); }
  // Up to `most` packets of the next worker that has given some into rx.burst.mbuf, in the order in which
  // it read them; the columns are the caller's.
  void take(RxBurst& rx, uint16_t most);
  // How full the ring was that was looked at last.
  [[nodiscard]] uint8_t fill_percent() const { return fill_percent_; }
  // Nothing more is given from here on.
  void leave() {
    left_ = true;
    rings_.leave(self_);
  }
  // Nothing more is taken: what waits for its other fragments is given up.
  void finish(const Generation& generation) { by_owner_.finish(generation); }
  [[nodiscard]] bool all_left() const { return rings_.all_left(); }

  [[nodiscard]] uint64_t handed_over() const { return handed_over_.get(); }
  [[nodiscard]] uint64_t ring_full() const { return ring_full_.get(); }

 private:
  void give(WorkerId owner, std::span<rte_mbuf* const> packets);

  const WorkerId self_;
  HandOverRings& rings_;
  const MbufStampField stamp_;
  BurstByOwner by_owner_;
  uint16_t next_ = 0;  // whose ring is looked at next
  uint8_t fill_percent_ = 0;
  bool left_ = false;
  alignas(64) CoreCounter handed_over_;
  CoreCounter ring_full_;
};

}  // namespace glacis
