#pragma once

#include <cstdint>

#include "dataplane/base/ids.h"

namespace glacis {

// What a live worker gives up while it is full, in this order; each level with all before it. Verdicts
// are never given up: what is left goes to them.
enum class ShedLevel : uint8_t {
  kNothing,
  kElephants,  // searching flows of more than kElephantBytes; what is bypassed stays so
  kNewScans,   // beginning to search a flow
  kAllScans,   // searching
  // Metadata will stand here.
  kRecords,  // flow records, but of flows that an alert or a path hangs on
  kCount
};

// Layer 3, both directions. Beyond it a flow is an elephant: most conversations are over long before.
inline constexpr uint64_t kElephantBytes = uint64_t{1} << 20;

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

 private:
  ShedLevel level_ = ShedLevel::kNothing;
  Nanos calm_since_;
};

}  // namespace glacis
