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

void write_stamps(const RxBurst& in, const MbufStampField& stamp) {
  const Burst& burst = in.burst;
  for (uint16_t i = 0; i < burst.count; ++i) {
    stamp.of(burst.mbuf[i]) = {burst.time[i], burst.ordinal[i], burst.port[i], in.link[i]};
  }
}

void Reader::read(RxBurst& out, uint16_t most) {
  Burst& burst = out.burst;
  const uint16_t port = take(burst, most);
  if (mode_ == RunMode::kReplay) {
    fill_columns(out, stamp_);
    keep_order(burst);
  } else {
    clock_ = std::max(clock_, wall_clock());
    // Only captures have a clock; what they stamped keeps its time and link type.
    if (ports_[port]->clock().value == 0) {
      columns_of_clock(out, PortId(port));
    } else {
      fill_columns(out, stamp_);
      keep_order(burst);
    }
    for (uint16_t i = 0; i < burst.count; ++i) burst.ordinal[i] = Ordinal(++ordinal_);
  }
  burst.clock = clock_;
}

// From the next port that has some; its number.
uint16_t Reader::take(Burst& burst, uint16_t most) {
  burst.count = 0;
  size_t taken = 0;
  for (size_t tried = 0; tried < ports_.size() && burst.count == 0; ++tried) {
    taken = next_;
    next_ = (next_ + 1) % ports_.size();
    burst.count = ports_[taken]->rx_burst(0, {burst.mbuf.data(), most});
  }
  return static_cast<uint16_t>(taken);
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
  return std::all_of(ports_.begin(), ports_.end(), [](const RxPort* port) { return port->state() == RxState::kEnd; });
}

}  // namespace glacis
