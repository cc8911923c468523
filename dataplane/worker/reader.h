#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/decode/decode.h"
#include "dataplane/duplicate/duplicate_filter.h"
#include "dataplane/duplicate/duplicates.h"
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

  // What stands at `from` stands at `to` too: for whoever takes packets out.
  void copy_column(uint16_t from, uint16_t to) {
    burst.mbuf[to] = burst.mbuf[from];
    burst.time[to] = burst.time[from];
    burst.ordinal[to] = burst.ordinal[from];
    burst.port[to] = burst.port[from];
    link[to] = link[from];
  }
};

// What becomes of packets that come again (DuplicateFilter), by the ports' order.
struct DuplicateOptions {
  std::vector<Duplicates> by_port;  // of those it does not name: kIgnore
  uint64_t seed = 1;                // live: random
};

// Takes packets from all ports in turn and keeps the event clock: in a replay the time of the newest
// packet handed out, live the wall clock, slewed so that it never runs back. What it finds out of a packet
// stands in the burst's columns; the mbufs are not written, as that line of theirs is in no cache yet. A
// packet that is older than the clock gets the clock's time and is counted: then no time runs back, and
// the same packets give the same flows for any burst and number of workers. Of a port that does not ignore duplicates,
// what was read within the window, by this reader, from any such port is looked for. Owns no mbuf but frees those that
// it drops.
// Thread: the one that reads (a distributor, the only worker, or each worker its queues).
class Reader {
 public:
  // One of several readers, each of a queue of its own: their ordinals differ.
  struct Share {
    uint16_t queue = 0;
    uint16_t readers = 1;
  };
  // Reads the ports that have the queue; there must be one. `duplicates`: by port.
  Reader(RunMode mode, std::span<RxPort* const> ports, MbufStampField stamp, Share share = {0, 1},
         const DuplicateOptions& duplicates = {});

  // Fills `out` with up to `most` packets of the next port that has some, without the duplicates among them; moves the
  // clock.
  void read(RxBurst& out, uint16_t most);
  // The columns of packets that another reader has read: what is older than the clock gets its time.
  void take_over(RxBurst& handed_over);
  [[nodiscard]] Nanos clock() const { return clock_; }
  // How full the fullest port is, as far as it can be told (InputGauge).
  [[nodiscard]] uint8_t input_percent() const { return gauge_.percent(); }
  // Packets of a capture that stood behind newer ones. Thread: any.
  [[nodiscard]] uint64_t older_packets() const { return older_packets_.get(); }
  // Packets that came again, and those of them that went no further. Thread: any.
  [[nodiscard]] uint64_t duplicates() const { return duplicates_.get(); }
  [[nodiscard]] uint64_t duplicates_dropped() const { return duplicates_dropped_.get(); }
  // Every port is at its end: captures only.
  [[nodiscard]] bool at_end() const;

 private:
  struct Source {
    RxPort* port;
    PortId id;
    Duplicates duplicates;
  };
  [[nodiscard]] const Source& take(Burst& burst, uint16_t most);
  void columns_of_clock(RxBurst& out, PortId port) const;
  void keep_order(Burst& burst);
  void find_duplicates(RxBurst& out, Duplicates what);
  // `packets`: by bits.
  void drop(RxBurst& out, uint64_t packets);

  const RunMode mode_;
  std::vector<Source> sources_;
  const MbufStampField stamp_;
  const Share share_;
  InputGauge gauge_;
  size_t next_ = 0;
  Nanos clock_;
  uint64_t ordinal_ = 0;
  std::unique_ptr<DuplicateFilter> filter_;  // null: every port ignores duplicates
  CoreCounter older_packets_, duplicates_, duplicates_dropped_;
};

// What stands in the mbufs' stamps, as the burst's columns; used behind a ring as well.
void fill_columns(RxBurst& out, const MbufStampField& stamp);
// The other way round: before the mbufs go through a ring.
void write_stamps(const RxBurst& burst, const MbufStampField& stamp);

// The wall clock. Thread: any.
[[nodiscard]] Nanos wall_clock();

}  // namespace glacis
