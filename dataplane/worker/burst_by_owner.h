#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/flow/flow_hash.h"
#include "dataplane/worker/reader.h"

namespace glacis {

// A burst's packets by the worker that owns their flow: keyed symmetric hash of the decoded key, so both
// directions, fragments that decode and quoted packets of ICMP errors meet. With one seed every user
// gives a packet the same owner. Owns no mbuf; nothing is allocated after construction.
// Thread: the one that sorts.
class BurstByOwner {
 public:
  BurstByOwner(uint64_t hash_seed, size_t workers);

  // `without_flow` gets what cannot be keyed. Each owner's packets keep their order.
  void sort(const RxBurst& rx, WorkerId without_flow);
  // Of the burst sorted last.
  [[nodiscard]] std::span<rte_mbuf* const> of(WorkerId worker) const {
    return {owned_[worker.value].packets.data(), owned_[worker.value].count};
  }

 private:
  // On cache lines of its own: another thread sorts beside it.
  struct alignas(64) Owned {
    uint16_t count = 0;
    std::array<rte_mbuf*, kMaxBurst> packets;
  };
  [[nodiscard]] size_t owner_of(std::span<const uint8_t> frame, LinkType link, WorkerId without_flow) const;

  const FlowHash hash_;
  std::vector<Owned> owned_;  // by worker
};

}  // namespace glacis
