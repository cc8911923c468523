#pragma once

#include <cstdint>

#include "dataplane/base/ids.h"

namespace glacis {

// What a live worker gives up while it is full, in this order; each level with all before it. Verdicts
// are never given up: what is left goes to them.
enum class ShedLevel : uint8_t {
  kNothing,
  kElephants,  // searching flows of more than kElephantPackets; what is bypassed stays so
  kNewScans,   // beginning to search a flow
  kAllScans,   // searching
  // Metadata will stand here.
  kRecords,  // flow records, but of flows that an alert or a path hangs on
  kCount
};

// Both directions. Beyond it a flow is an elephant: most conversations are over long before. Packets, not
// bytes, because that is what a search costs time for; and few, because one flow at a core's rate fills
// a queue of 4,096 packets while that core searches some 1,200 of them.
inline constexpr uint64_t kElephantPackets = 512;

// What a worker gives up, and how full its input was at most since it last gave up nothing: two bytes, so that
// whoever looks gets both of one moment.
struct ShedState {
  ShedLevel level = ShedLevel::kNothing;
  uint8_t peak_percent = 0;

  // Who gives up nothing is never worse than another.
  [[nodiscard]] bool worse_than(const ShedState& other) const {
    if (level != other.level) return level > other.level;
    return level != ShedLevel::kNothing && peak_percent > other.peak_percent;
  }
};

// From how full a worker's input is to what it gives up. Up at once, as far as a level's threshold is
// reached; down one level at a time, after a second of event time below the lower threshold of the one
// that is left. So a level is not changed by every burst, and needs no clock of its own.
// Plain data. Thread: its worker.
class LoadShed {
 public:
  struct Threshold {
    uint8_t up, down;  // percent
  };
  // Of a level above kNothing.
  [[nodiscard]] static Threshold threshold(ShedLevel level);
  static constexpr Nanos kCalm = seconds(1);

  // Once per poll. `clock` is the event clock, which never runs back.
  void poll(uint8_t input_percent, Nanos clock);
  [[nodiscard]] ShedLevel level() const { return level_; }
  [[nodiscard]] ShedState state() const { return {level_, peak_percent_}; }

 private:
  ShedLevel level_ = ShedLevel::kNothing;
  uint8_t peak_percent_ = 0;
  Nanos calm_since_;
};

}  // namespace glacis
