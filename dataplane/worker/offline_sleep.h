#pragma once

#include <time.h>

#include <cstdint>

#include "dataplane/policy/policy_slot.h"

namespace glacis {

inline constexpr uint32_t kSleepAfter = 256;  // empty polls
inline constexpr long kSleep_ns = 50'000;

// Sleeps as a reader of the slot that holds no generation, so that no swap waits for it. Thread: the reader's.
inline void sleep_offline(PolicySlot& slot, WorkerId reader) {
  slot.offline(reader);
  const timespec span{0, kSleep_ns};
  nanosleep(&span, nullptr);
  slot.online(reader);
}

}  // namespace glacis
