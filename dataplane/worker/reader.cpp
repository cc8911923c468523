#include "dataplane/worker/reader.h"

#include <rte_mbuf.h>
#include <time.h>

#include <algorithm>
#include <bit>

#include "dataplane/packet/frame.h"

namespace glacis {

Nanos wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);  // vDSO: no system call
  return Nanos(int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
}

void fill_columns(RxBurst& out, const MbufStampField& stamp) {
  for (uint16_t i = 0; i < out.burst.count; ++i) {
    const MbufStamp& s = stamp.of(out.burst.mbuf[i]);
    out.burst.time[i] = s.time;
    out.burst.ordinal[i] = s.ordinal;
    out.burst.port[i] = s.port;
    out.link[i] = s.link;
  }
}

void write_stamps(const RxBurst& in, const MbufStampField& stamp) {
  const Burst& burst = in.burst;
  for (uint16_t i = 0; i < burst.count; ++i) {
    stamp.of(burst.mbuf[i]) = {burst.time[i], burst.ordinal[i], burst.port[i], in.link[i]};
  }
}

Reader::Reader(RunMode mode, std::span<RxPort* const> ports, MbufStampField stamp, Share share,
               const DuplicateOptions& duplicates)
    : mode_(mode), stamp_(stamp), share_(share), gauge_(ports.size()), ordinal_(share.queue) {
  for (size_t i = 0; i < ports.size(); ++i) {
    const Duplicates what = i < duplicates.by_port.size() ? duplicates.by_port[i] : Duplicates::kIgnore;
    if (share.queue < ports[i]->queues()) sources_.push_back({ports[i], PortId(static_cast<uint16_t>(i)), what});
  }
  const bool ignored = std::all_of(sources_.begin(), sources_.end(),
                                   [](const Source& source) { return source.duplicates == Duplicates::kIgnore; });
  if (!ignored) filter_ = std::make_unique<DuplicateFilter>(duplicates.seed);
}

void Reader::read(RxBurst& out, uint16_t most) {
  Burst& burst = out.burst;
  const Source& source = take(burst, most);
  if (mode_ == RunMode::kReplay) {
    fill_columns(out, stamp_);
    keep_order(burst);
  } else {
    clock_ = std::max(clock_, wall_clock());
    // Only captures have a clock; what they stamped keeps its time and link type.
    if (source.port->clock().value == 0) {
      columns_of_clock(out, source.id);
    } else {
      fill_columns(out, stamp_);
      keep_order(burst);
    }
    for (uint16_t i = 0; i < burst.count; ++i) burst.ordinal[i] = Ordinal(ordinal_ += share_.readers);
  }
  burst.clock = clock_;
  if (source.duplicates != Duplicates::kIgnore) find_duplicates(out, source.duplicates);
}

// In two passes, so that the misses of a burst on the table's lines overlap.
void Reader::find_duplicates(RxBurst& out, Duplicates what) {
  static_assert(kMaxBurst <= 64, "a bit for each packet");
  Burst& burst = out.burst;
  std::array<uint64_t, kMaxBurst> prints;
  DuplicateFilter& filter = *filter_;
  prefetch_frames(burst);
  for (uint16_t i = 0; i < burst.count; ++i) {
    prints[i] = filter.fingerprint(frame_of(burst.mbuf[i]), out.link[i]);
    filter.prefetch(prints[i]);
  }
  uint64_t again = 0;
  for (uint16_t i = 0; i < burst.count; ++i) again |= uint64_t{filter.seen(prints[i], burst.time[i])} << i;
  if (again == 0) [[likely]]
    return;
  duplicates_.add(static_cast<uint64_t>(std::popcount(again)));
  if (what == Duplicates::kDrop) drop(out, again);
}

void Reader::drop(RxBurst& out, uint64_t packets) {
  Burst& burst = out.burst;
  uint16_t kept = 0;
  for (uint16_t i = 0; i < burst.count; ++i) {
    if ((packets >> i & 1) != 0) {
      rte_pktmbuf_free(burst.mbuf[i]);
    } else {
      out.copy_column(i, kept++);
    }
  }
  duplicates_dropped_.add(burst.count - kept);
  burst.count = kept;
}

// From the next port that has some.
const Reader::Source& Reader::take(Burst& burst, uint16_t most) {
  burst.count = 0;
  size_t taken = 0;
  for (size_t tried = 0; tried < sources_.size() && burst.count == 0; ++tried) {
    taken = next_;
    next_ = (next_ + 1) % sources_.size();
    burst.count = sources_[taken].port->rx_burst(share_.queue, {burst.mbuf.data(), most});
    gauge_.after_burst(taken, *sources_[taken].port, share_.queue, burst.count, most);
  }
  return sources_[taken];
}

void Reader::take_over(RxBurst& handed_over) {
  fill_columns(handed_over, stamp_);
  keep_order(handed_over.burst);
  handed_over.burst.clock = clock_;
}

void Reader::columns_of_clock(RxBurst& out, PortId port) const {
  const uint16_t count = out.burst.count;
  std::fill_n(out.burst.time.begin(), count, clock_);
  std::fill_n(out.burst.port.begin(), count, port);
  std::fill_n(out.link.begin(), count, LinkType::kEthernet);
}

void Reader::keep_order(Burst& burst) {
  uint64_t older = 0;
  for (uint16_t i = 0; i < burst.count; ++i) {
    older += burst.time[i] < clock_;
    clock_ = burst.time[i] = std::max(clock_, burst.time[i]);
  }
  if (older != 0 && mode_ == RunMode::kReplay) older_packets_.add(older);
}

bool Reader::at_end() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const Source& source) { return source.port->state() == RxState::kEnd; });
}

}  // namespace glacis
