#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/worker/burst_by_owner.h"
#include "dataplane/worker/core_counters.h"
#include "dataplane/worker/reader.h"
#include "dataplane/worker/worker.h"

struct rte_ring;

namespace glacis {

// Reads every port and gives each packet, stamped, to the worker that owns its flow; the first gets what has
// none. Publishes its clock to every worker after each read. A full ring: a replay waits, live the packet is
// freed and counted. Reads the current generation, for fragments, as the slot's reader behind the workers.
// Thread: run() on one lcore; counters by any.
class Distributor {
 public:
  struct Lane {
    rte_ring* ring;
    WorkerSignals* signals;
  };
  Distributor(RunMode mode, PollStyle poll, uint16_t burst, uint64_t hash_seed, VlanInKey vlan_in_key, PolicySlot& slot,
              Reader& reader, FragmentJoiner& joiner, MbufStampField stamp, std::vector<Lane> lanes,
              const std::atomic<bool>& stop);

  void run();
  [[nodiscard]] uint64_t ring_full() const { return ring_full_.get(); }
  // As WorkerFeed::told_to: of what fragments show, which it tells itself.
  [[nodiscard]] const std::atomic<Nanos>& told_to() const { return told_to_; }

 private:
  void spread(const Generation& generation);
  void give(Lane& lane, std::span<rte_mbuf* const> packets);
  void publish(Nanos clock);

  const RunMode mode_;
  const PollStyle poll_;
  const uint16_t burst_;
  PolicySlot& slot_;
  Reader& reader_;
  const MbufStampField stamp_;
  std::vector<Lane> lanes_;
  const WorkerId self_;  // to the slot
  const std::atomic<bool>& stop_;
  CoreCounter ring_full_;
  alignas(64) std::atomic<Nanos> told_to_{};
  RxBurst rx_;
  BurstByOwner by_owner_;
};

}  // namespace glacis
