#pragma once

#include <cstdint>
#include <span>

#include "dataplane/base/anomaly.h"
#include "dataplane/base/ids.h"

namespace glacis {

// Sequence numbers are compared modulo 2^32 (RFC 9293, 3.4): how far `a` is ahead of `b`.
[[nodiscard]] constexpr int32_t seq_diff(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b); }

// Bytes and the sequence number of the first.
struct SeqBytes {
  uint32_t seq = 0;
  std::span<const uint8_t> bytes;

  [[nodiscard]] uint32_t end() const { return seq + static_cast<uint32_t>(bytes.size()); }
  [[nodiscard]] SeqBytes head(size_t n) const { return {seq, bytes.first(n)}; }
  [[nodiscard]] SeqBytes behind(size_t n) const { return {seq + static_cast<uint32_t>(n), bytes.subspan(n)}; }
};

// What reassembly needs of one TCP segment. Defaults are neutral: what was not looked at decides nothing.
struct TcpSegment {
  static constexpr uint8_t kNoScale = 0xff;       // a SYN without the option
  static constexpr uint8_t kUnknownScale = 0xfe;  // options were not read: no window is judged by this SYN

  uint32_t seq = 0, ack = 0;
  uint8_t flags = 0;
  uint8_t window_scale = kUnknownScale;  // of a SYN (RFC 7323, 2)
  uint16_t window = 0;                   // as it stands in the header
  uint32_t ts_value = 0;                 // RFC 7323, 3; with has_ts
  bool has_ts = false;
  bool bad_checksum = false;
  uint8_t hop_limit = 0;  // 0: unknown
  uint16_t urgent = 0;    // the pointer; with kTcpUrg
  std::span<const uint8_t> payload;
};

// kMain is what the receiver most likely reads; kOther what it may read instead. Both go to the patterns, each as a
// stream of its own.
enum class StreamReading : uint8_t { kMain, kOther };

// Bytes to scan next in their reading, in the order of the runs.
struct StreamRun {
  std::span<const uint8_t> bytes;  // never empty
  StreamReading reading = StreamReading::kMain;
  bool restart = false;  // does not join on to what came before in this reading
};

// What one segment adds to its direction. Lives until the next call, and as long as the segment's payload.
struct StreamStep {
  std::span<const StreamRun> runs;
  AnomalySet anomalies;
  bool other_over = false;  // behind these runs the other reading is over: its scan can be closed
  bool over = false;        // with them the direction has been read to its depth; said once
};

struct StreamCounters {
  uint64_t gaps = 0;               // holes that were given up
  uint64_t repeated_bytes = 0;     // sent again
  uint64_t out_of_window = 0;      // segments that no receiver takes
  uint64_t waited = 0;             // segments that came ahead of a hole and were copied
  uint64_t conflicts = 0;          // segments that say otherwise than an earlier one
  uint64_t low_ttl_conflicts = 0;  // of those, by a segment that may not arrive
  uint64_t doubtful = 0;  // segments read in the other reading alone: bad checksum, acknowledgement, time stamp, window
  uint64_t read_again = 0;      // segments sent again that could not be compared: read in the other reading
  uint64_t resets_ignored = 0;  // not at the number that counts (RFC 5961, 3.2)
  uint64_t full = 0;            // times that a flow's or the arena's room, or the pieces of a direction were used up
  uint64_t evicted_bytes = 0;   // that waited in the direction that held most, dropped for others
  uint64_t depth_reached = 0;   // directions that had more bytes than their depth
};

}  // namespace glacis
