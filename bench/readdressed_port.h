#pragma once

#include "dataplane/packet/layers.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"

namespace glacis::bench {

// A capture that is played round after round, whose every round is of other hosts: the last bytes of both ends change
// with the round, both directions of a flow alike, and checksums with them (RFC 1624). Packets follow each other by
// kStep of event time, whatever lay between them. So a round's flows are new, and join those of the rounds before until
// they time out. After 65,536 rounds they come again. What decode refuses, and ICMP errors, pass with their addresses.
// Borrows the port. Thread: the one that polls.
class ReaddressedPort final : public RxPort {
 public:
  static constexpr Nanos kStep{50'000};  // 20,000 packets in a second of event time: 60 s are 1.2 M packets

  ReaddressedPort(RxPort& port, uint64_t packets_per_round, MbufStampField stamp)
      : port_(port), packets_per_round_(packets_per_round), stamp_(stamp) {}

  uint16_t rx_burst(uint16_t queue, std::span<rte_mbuf*> out) override;
  RxCounters counters() const override { return port_.counters(); }
  RxState state() const override { return port_.state(); }
  std::string_view name() const override { return port_.name(); }
  uint16_t queues() const override { return port_.queues(); }
  Nanos clock() const override { return now_; }

 private:
  void readdress(rte_mbuf* mbuf, uint64_t round);

  RxPort& port_;
  const uint64_t packets_per_round_;
  const MbufStampField stamp_;
  Layers layers_;
  Nanos now_ = seconds(1'700'000'000);
};

}  // namespace glacis::bench
