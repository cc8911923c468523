#include "dataplane/worker/reader.h"

#include <time.h>

#include <algorithm>

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

Reader::Reader(RunMode mode, std::span<RxPort* const> ports, MbufStampField stamp, Share share)
    : mode_(mode), stamp_(stamp), share_(share), ordinal_(share.queue) {
  for (size_t i = 0; i < ports.size(); ++i) {
    if (share.queue < ports[i]->queues()) sources_.push_back({ports[i], PortId(static_cast<uint16_t>(i))});
  }
}

void Reader::read(RxBurst& out, uint16_t most) {
  Burst& burst = out.burst;
  burst.count = 0;
  size_t taken = 0;
  for (size_t tried = 0; tried < sources_.size() && burst.count == 0; ++tried) {
    taken = next_;
    next_ = (next_ + 1) % sources_.size();
    burst.count = sources_[taken].port->rx_burst(share_.queue, {burst.mbuf.data(), most});
  }
  if (mode_ == RunMode::kLive) {
    clock_ = std::max(clock_, wall_clock());
    write_stamps(burst, sources_[taken]);
  }
  keep_order(burst);
  fill_columns(out, stamp_);
  burst.clock = clock_;
}

void Reader::take_over(RxBurst& handed_over) {
  keep_order(handed_over.burst);
  fill_columns(handed_over, stamp_);
  handed_over.burst.clock = clock_;
}

void Reader::write_stamps(const Burst& burst, const Source& source) {
  // Only captures have a clock; what they stamped keeps its time and link type.
  const bool stamped = source.port->clock().value != 0;
  for (uint16_t i = 0; i < burst.count; ++i) {
    MbufStamp& stamp = stamp_.of(burst.mbuf[i]);
    if (!stamped) stamp = {clock_, {}, source.id, LinkType::kEthernet};
    stamp.ordinal = Ordinal(ordinal_ += share_.readers);
  }
}

void Reader::keep_order(const Burst& burst) {
  uint64_t older = 0;
  for (uint16_t i = 0; i < burst.count; ++i) {
    MbufStamp& stamp = stamp_.of(burst.mbuf[i]);
    if (stamp.time < clock_) {
      stamp.time = clock_;
      ++older;
    }
    clock_ = stamp.time;
  }
  if (older != 0 && mode_ == RunMode::kReplay) older_packets_.add(older);
}

bool Reader::at_end() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const Source& source) { return source.port->state() == RxState::kEnd; });
}

}  // namespace glacis
