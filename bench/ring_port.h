#pragma once

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <span>

#include "bench/open_loop.h"
#include "bench/traffic.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"

namespace glacis::bench {

// Who gives the mbufs back: they stay the port's, or whoever takes one frees it, as an engine does (it holds a
// reference of its own then).
enum class Taker : uint8_t { kKeeps, kFrees };

// Of what is played round after round: kNewEachRound overwrites source ports, so that a round's flows are others (IPv4
// without a tag, and no checksum that is summed).
enum class Ports : uint8_t { kAsTheyAre, kNewEachRound };

struct RingOptions {
  std::span<const FrameTemplate> shapes = {};  // of the packets that are played
  Nanos step{};           // event time between two packets; 0: the reader stamps them by the wall clock
  bool verified = false;  // checksums, by the NIC
  Taker taker = Taker::kKeeps;
  OpenLoop* loop = nullptr;                     // when packets come; null: as many as asked for
  std::span<const StreamPlace> places = {};     // of the packets of a round: their sequence numbers go on
  std::span<const uint32_t> others_until = {};  // of a round: which of the lost are counted in others_lost()
};

// Mbufs that come round and round in their order, as from a NIC's ring that never runs dry: what a driver's receive
// writes into an mbuf is written, and the headers of the next burst are on their way to the cache. What a NIC's DMA
// writes is written too: packets that are played go into the next mbuf each time, their headers where there are
// several shapes, and their ends. The mbufs are never given back. Borrows all it is given. Thread: the one that polls.
class RingPort final : public RxPort {
 public:
  RingPort(std::span<rte_mbuf* const> mbufs, RingOptions options, MbufStampField stamp);

  // From here on: `once` (may be empty), then `round` again and again. Before the first poll, or by who polls.
  void play(std::span<const PacketEnds> once, std::span<const PacketEnds> round, Ports ports = Ports::kAsTheyAre);
  // Whether `once` is not over.
  [[nodiscard]] bool plays_once() const { return packets_.data() != then_.data(); }

  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override;
  std::optional<uint8_t> fill_percent(uint16_t) const override {
    return options_.loop == nullptr ? std::nullopt : std::optional(options_.loop->fill_percent());
  }
  RxCounters counters() const override { return {.received = received_.load(std::memory_order_relaxed)}; }
  RxState state() const override { return RxState::kUp; }
  std::string_view name() const override { return "ring"; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return options_.step.value == 0 ? Nanos(0) : now_; }
  // How often the last packet played, or without packets the last mbuf, has been handed out.
  [[nodiscard]] uint64_t rounds() const { return rounds_; }
  // Packets lost by the open loop that are not the elephant's.
  [[nodiscard]] uint64_t others_lost() const { return others_lost_; }

 private:
  void skip(uint64_t packets);
  void rearm(rte_mbuf* mbuf) const;
  void receive(rte_mbuf* mbuf);
  void receive_usual(std::span<rte_mbuf* const> mbufs);
  void write(rte_mbuf* mbuf);
  void prefetch(rte_mbuf* mbuf) const;

  const std::span<rte_mbuf* const> mbufs_;
  const RingOptions options_;
  const MbufStampField stamp_;
  const uint64_t ol_flags_;
  uint64_t rearm_data_;  // as rte_mbuf's
  std::span<const PacketEnds> packets_, then_;
  size_t next_ = 0;  // mbuf
  size_t next_packet_ = 0;
  Ports ports_ = Ports::kAsTheyAre;
  uint64_t rounds_ = 0, ordinal_ = 0, others_lost_ = 0;
  std::atomic<uint64_t> received_{0};  // written by who polls, read by any
  Nanos now_ = seconds(1'700'000'000);
};

}  // namespace glacis::bench
