#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/flow/flow_hash.h"
#include "dataplane/worker/fragment_joiner.h"
#include "dataplane/worker/reader.h"

namespace glacis {

// A burst's packets by the worker that owns their flow: keyed symmetric hash of the decoded key, so both
// directions, datagrams that came in fragments and quoted packets of ICMP errors meet. With one seed every user
// gives a packet the same owner. Fragments are put together on the way: by the only reader all of them; by one of
// several those whose datagram it owns, and the others go to their owner as they are, marked for it (mark_fragment).
// Owns no mbuf but frees those of fragments that it takes; nothing is allocated after construction.
// Thread: the one that sorts.
class BurstByOwner {
 public:
  // `self`: the worker that reads, one of several; none: the only reader.
  BurstByOwner(uint64_t hash_seed, size_t workers, VlanInKey vlan_in_key, FragmentJoiner& joiner,
               std::optional<WorkerId> self);

  // `without_flow` gets what cannot be keyed. Each owner's packets keep their order. Datagrams take the place of the
  // fragment that made them whole, other fragments leave the burst. `generation`: see FragmentJoiner::join.
  void sort(RxBurst& rx, WorkerId without_flow, const Generation& generation);
  // Of the burst sorted last.
  [[nodiscard]] std::span<rte_mbuf* const> of(WorkerId worker) const {
    return {owned_[worker.value].packets.data(), owned_[worker.value].count};
  }
  // What waits for its other fragments ages.
  void advance(Nanos clock, const Generation& generation) { joiner_.advance(clock, generation); }
  void finish(const Generation& generation) { joiner_.finish(generation); }

 private:
  // On cache lines of its own: another thread sorts beside it.
  struct alignas(64) Owned {
    uint16_t count = 0;
    std::array<rte_mbuf*, kMaxBurst> packets;
  };
  [[nodiscard]] size_t by(uint64_t hash) const { return (hash >> 32) * owned_.size() >> 32; }
  [[nodiscard]] std::optional<size_t> owner_of(RxBurst& rx, uint16_t i, WorkerId without_flow,
                                               const Generation& generation);
  [[nodiscard]] std::optional<size_t> owner_of_fragment(RxBurst& rx, uint16_t i, Layers& layers, WorkerId without_flow,
                                                        const Generation& generation);

  const FlowHash hash_;
  const DecodeOptions options_;
  FragmentJoiner& joiner_;
  const std::optional<WorkerId> self_;
  std::vector<Owned> owned_;  // by worker
};

// A fragment that was handed over as such.
void mark_fragment(rte_mbuf* mbuf);
[[nodiscard]] bool is_marked_fragment(const rte_mbuf* mbuf);

}  // namespace glacis
