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

void Reader::read(RxBurst& out, uint16_t most) {
  Burst& burst = out.burst;
  burst.count = 0;
  size_t taken = 0;
  for (size_t tried = 0; tried < ports_.size() && burst.count == 0; ++tried) {
    taken = next_;
    next_ = (next_ + 1) % ports_.size();
    burst.count = ports_[taken]->rx_burst(0, {burst.mbuf.data(), most});
    gauge_.after_burst(taken, *ports_[taken], 0, burst.count, most);
  }
  if (mode_ == RunMode::kLive) {
    clock_ = std::max(clock_, wall_clock());
    write_stamps(burst, static_cast<uint16_t>(taken));
  }
  keep_order(burst);
  fill_columns(out, stamp_);
  burst.clock = clock_;
}

void Reader::write_stamps(const Burst& burst, uint16_t port) {
  // Only captures have a clock; what they stamped keeps its time and link type.
  const bool stamped = ports_[port]->clock().value != 0;
  for (uint16_t i = 0; i < burst.count; ++i) {
    MbufStamp& stamp = stamp_.of(burst.mbuf[i]);
    if (!stamped) stamp = {clock_, {}, PortId(port), LinkType::kEthernet};
    stamp.ordinal = Ordinal(++ordinal_);
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
  return std::all_of(ports_.begin(), ports_.end(), [](const RxPort* port) { return port->state() == RxState::kEnd; });
}

}  // namespace glacis
