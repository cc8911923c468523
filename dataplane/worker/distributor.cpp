#include "dataplane/worker/distributor.h"

#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_ring.h>
#include <time.h>

#include <thread>

#include "dataplane/decode/decode_usual.h"

namespace glacis {

Distributor::Distributor(RunMode mode, PollStyle poll, uint16_t burst, uint64_t hash_seed, Reader& reader,
                         MbufStampField stamp, std::vector<Lane> lanes, const std::atomic<bool>& stop)
    : mode_(mode),
      poll_(poll),
      burst_(burst),
      hash_(~hash_seed),
      reader_(reader),
      stamp_(stamp),
      lanes_(std::move(lanes)),
      stop_(stop),
      sorted_(lanes_.size()),
      sorted_count_(lanes_.size()) {}

void Distributor::run() {
  uint32_t empty = 0;
  while (!stop_.load(std::memory_order_relaxed) && !reader_.at_end()) {
    reader_.read(rx_, burst_);
    if (rx_.burst.count != 0) spread();
    publish(reader_.clock());
    empty = rx_.burst.count != 0 ? 0 : empty + 1;
    if (empty != 0) rte_pause();
    if (poll_ == PollStyle::kAdaptive && empty > 256) {
      const timespec span{0, 50'000};
      nanosleep(&span, nullptr);
    }
  }
  for (Lane& lane : lanes_) lane.signals->input_done.store(true, std::memory_order_release);
}

void Distributor::spread() {
  write_stamps(rx_, stamp_);
  for (uint16_t i = 0; i < rx_.burst.count; ++i) __builtin_prefetch(rte_pktmbuf_mtod(rx_.burst.mbuf[i], const void*));
  std::fill(sorted_count_.begin(), sorted_count_.end(), uint16_t{0});
  for (uint16_t i = 0; i < rx_.burst.count; ++i) {
    rte_mbuf* mbuf = rx_.burst.mbuf[i];
    const std::span<const uint8_t> frame(rte_pktmbuf_mtod(mbuf, const uint8_t*), rte_pktmbuf_data_len(mbuf));
    Layers layers;
    // The worker verifies them.
    constexpr auto kGood = Checksums::kKnownGood;
    const bool ethernet = rx_.link[i] == LinkType::kEthernet;
    if (!ethernet || !decode_usual(frame, layers, kGood)) layers = decode(frame, rx_.link[i], kGood);
    size_t owner = 0;
    if (layers.result == DecodeResult::kOk) owner = hash_(layers.key) % lanes_.size();
    sorted_[owner][sorted_count_[owner]++] = mbuf;
  }
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    give(lanes_[lane], {sorted_[lane].data(), sorted_count_[lane]});
  }
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
}

}  // namespace glacis
