#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/packet/layers.h"

namespace glacis {

struct StreamCounters {
  uint64_t gaps = 0;            // segments that came ahead of a hole; the hole is not scanned
  uint64_t repeated_bytes = 0;  // retransmitted, or behind a hole that was passed
  uint64_t out_of_window = 0;   // segments further ahead of the last acknowledgement than any window; left out
};

// What one segment adds to its direction.
struct InOrder {
  std::span<const uint8_t> bytes;  // new, in order; part of the payload that was handed in
  bool restart = false;            // what came before does not join on: restart the scan first
};

// Sequence state of one scanned TCP flow (RFC 9293, 3.4), both directions. No packet is kept: a segment
// that comes ahead of a hole moves the state behind it, and what fills the hole later counts as
// repeated. Plain data, reset by assigning TcpOrder{}. Thread: the flow's worker.
class TcpOrder {
 public:
  // `packet` is TCP; a SYN takes one number, so its payload starts at seq + 1. The first
  // segment of a direction may be any (the tap came late). A SYN after data is ignored: a receiver
  // only challenges it (RFC 5961, 4), and following it would let a sender hide what comes next.
  // Where the other end's acknowledgements are seen, a segment beyond any window that it can have
  // granted is left out: a receiver would not take it, and it would hide what comes next.
  [[nodiscard]] InOrder accept(bool to_responder, const Layers& packet, std::span<const uint8_t> payload,
                               StreamCounters& counters);

 private:
  struct Direction {
    uint32_t next = 0;   // number of the next new byte
    uint32_t acked = 0;  // by the other end
    bool answered = false;
    bool known = false;  // `next` has been set
    bool data = false;   // some byte has been handed on
  };
  std::array<Direction, 2> directions_{};
};

}  // namespace glacis
