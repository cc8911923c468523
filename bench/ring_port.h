#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/traffic.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"

struct rte_mbuf;

namespace glacis::bench {

struct RingOptions {
  // If any: what is written into the next mbuf's frame each time, as a NIC's DMA does. Borrowed.
  std::span<const SmallPacket> packets = {};
  Nanos step{};            // event time between two packets; 0: the reader stamps them by the wall clock
  bool verified = false;   // checksums, by the NIC
  bool new_ports = false;  // every round has a source port of its own (UDP over IPv4, no checksum)
};

// Mbufs that come round and round in their order, as from a NIC's ring that never runs dry: what a
// driver's receive writes into an mbuf is written, and the headers of the next burst are on their
// way to the cache. The mbufs are never given back. Borrows them. Thread: one.
class RingPort final : public RxPort {
 public:
  RingPort(std::span<rte_mbuf* const> mbufs, RingOptions options, MbufStampField stamp)
      : mbufs_(mbufs), options_(options), stamp_(stamp), end_packet_(options.packets.size()) {}

  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override;
  RxCounters counters() const override { return {.received = received_}; }
  RxState state() const override { return RxState::kUp; }
  std::string_view name() const override { return "ring"; }
  uint16_t queues() const override { return 1; }
  Nanos clock() const override { return options_.step.value == 0 ? Nanos(0) : now_; }
  // How often the last packet, or without packets the last mbuf, has been handed out.
  [[nodiscard]] uint64_t rounds() const { return rounds_; }
  // From here on the packets [first, first + count) alone come round, and initiators' ones say `tcp_flags`.
  void window(size_t first, size_t count, uint8_t tcp_flags);

 private:
  void receive(rte_mbuf* mbuf);
  void write(rte_mbuf* mbuf);
  void prefetch(rte_mbuf* mbuf) const;

  const std::span<rte_mbuf* const> mbufs_;
  const RingOptions options_;
  const MbufStampField stamp_;
  size_t next_ = 0;  // mbuf
  size_t next_packet_ = 0;
  size_t first_packet_ = 0, end_packet_ = 0;
  uint8_t initiator_flags_ = 0x10;
  uint64_t rounds_ = 0, received_ = 0, ordinal_ = 0;
  Nanos now_ = seconds(1'700'000'000);
};

}  // namespace glacis::bench
