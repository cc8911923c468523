#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/decode/decode.h"
#include "dataplane/packet/burst.h"
#include "dataplane/port/mbuf_stamp.h"
#include "dataplane/port/rx_port.h"
#include "dataplane/worker/core_counters.h"
#include "dataplane/worker/event_out.h"
#include "dataplane/worker/input_gauge.h"

namespace glacis {

// A burst and how each of its frames begins.
struct RxBurst {
  Burst burst;
  std::array<LinkType, kMaxBurst> link;
};

// Takes packets from all ports in turn and keeps the event clock: in a replay the time of the newest
// packet handed out, live the wall clock, slewed so that it never runs back. Live packets are stamped
// here, once per burst. A packet that is older than the clock gets the clock's time and is counted: then
// no time runs back, and the same packets give the same flows for any burst and number of workers.
// Owns nothing. Thread: the one that reads (a distributor, or the only worker).
class Reader {
 public:
  Reader(RunMode mode, std::span<RxPort* const> ports, MbufStampField stamp)
      : mode_(mode), ports_(ports), stamp_(stamp), gauge_(ports.size()) {}

  // Fills `out` with up to `most` packets of the next port that has some; moves the clock.
  void read(RxBurst& out, uint16_t most);
  [[nodiscard]] Nanos clock() const { return clock_; }
  // How full the fullest port is, as far as it can be told (InputGauge).
  [[nodiscard]] uint8_t input_percent() const { return gauge_.percent(); }
  // Packets of a capture that stood behind newer ones. Thread: any.
  [[nodiscard]] uint64_t older_packets() const { return older_packets_.get(); }
  // Every port is at its end: captures only.
  [[nodiscard]] bool at_end() const;

 private:
  void write_stamps(const Burst& burst, uint16_t port);
  void keep_order(const Burst& burst);

  const RunMode mode_;
  const std::span<RxPort* const> ports_;
  const MbufStampField stamp_;
  InputGauge gauge_;
  size_t next_ = 0;
  Nanos clock_;
  uint64_t ordinal_ = 0;
  CoreCounter older_packets_;
};

// Takes what stands in the mbufs into the burst's columns; used behind a ring as well.
void fill_columns(RxBurst& out, const MbufStampField& stamp);

// The wall clock. Thread: any.
[[nodiscard]] Nanos wall_clock();

}  // namespace glacis
