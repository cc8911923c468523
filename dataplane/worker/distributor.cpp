#include "dataplane/worker/distributor.h"

#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_ring.h>

#include <limits>
#include <thread>

#include "dataplane/worker/offline_sleep.h"

namespace glacis {

Distributor::Distributor(RunMode mode, PollStyle poll, uint16_t burst, uint64_t hash_seed, VlanInKey vlan_in_key,
                         PolicySlot& slot, Reader& reader, FragmentJoiner& joiner, MbufStampField stamp,
                         std::vector<Lane> lanes, const std::atomic<bool>& stop)
    : mode_(mode),
      poll_(poll),
      burst_(burst),
      slot_(slot),
      reader_(reader),
      stamp_(stamp),
      lanes_(std::move(lanes)),
      self_(static_cast<uint16_t>(lanes_.size())),
      stop_(stop),
      by_owner_(hash_seed, lanes_.size(), vlan_in_key, joiner, std::nullopt) {}

void Distributor::run() {
  uint32_t empty = 0;
  slot_.online(self_);
  while (!stop_.load(std::memory_order_relaxed) && !reader_.at_end()) {
    reader_.read(rx_, burst_);
    const bool some = rx_.burst.count != 0;  // before fragments that wait leave it
    const Generation& generation = *slot_.current();
    if (some) spread(generation);
    by_owner_.advance(reader_.clock(), generation);
    publish(reader_.clock());
    slot_.quiescent(self_);
    empty = some ? 0 : empty + 1;
    if (empty != 0) rte_pause();
    if (poll_ == PollStyle::kAdaptive && empty > kSleepAfter) sleep_offline(slot_, self_);
  }
  by_owner_.finish(*slot_.current());
  told_to_.store(Nanos(std::numeric_limits<int64_t>::max()), std::memory_order_release);
  slot_.offline(self_);
  for (Lane& lane : lanes_) lane.signals->input_done.store(true, std::memory_order_release);
}

void Distributor::spread(const Generation& generation) {
  by_owner_.sort(rx_, WorkerId(0), generation);
  write_stamps(rx_, stamp_);
  for (size_t i = 0; i < lanes_.size(); ++i) give(lanes_[i], by_owner_.of(WorkerId(static_cast<uint16_t>(i))));
}

void Distributor::give(Lane& lane, std::span<rte_mbuf* const> packets) {
  while (!packets.empty()) {
    const unsigned taken = rte_ring_sp_enqueue_burst(lane.ring, reinterpret_cast<void* const*>(packets.data()),
                                                     static_cast<unsigned>(packets.size()), nullptr);
    packets = packets.subspan(taken);
    if (packets.empty()) return;
    if (mode_ == RunMode::kLive) {
      ring_full_.add(packets.size());
      for (rte_mbuf* mbuf : packets) rte_pktmbuf_free(mbuf);
      return;
    }
    std::this_thread::yield();
  }
}

void Distributor::publish(Nanos clock) {
  for (Lane& lane : lanes_) lane.signals->clock.store(clock.value, std::memory_order_release);
  told_to_.store(clock, std::memory_order_release);
}

}  // namespace glacis
