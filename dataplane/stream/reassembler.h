#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/stream/chunk_arena.h"
#include "dataplane/stream/direction.h"
#include "dataplane/stream/overlap.h"
#include "dataplane/stream/tcp_segment.h"

namespace glacis {

struct ReassemblyOptions {
  uint32_t streams = 0;                 // handles 1 to this
  size_t arena_chunks = 8192;           // of 1 KiB, for all that waits
  uint32_t most_chunks = 256;           // of one direction
  uint32_t most_pieces = 32;            // stretches with holes between them, of one direction
  uint32_t one_sided_bytes = 64 << 10;  // that wait where no acknowledgement is seen
  uint64_t depth = UINT64_MAX;          // bytes of the main reading, of one direction; see TcpReassembler
};

// TCP streams of one worker, byte by byte in order (RFC 9293, 3.4 and 3.10), in a fixed pool with a fixed arena for
// what waits behind holes. In-order bytes are consumed where they lie.
// A hole is given up (kTcpGap, restart) when the other end has acknowledged what is behind it, at the next segment of
// its direction; when room is used up; where no acknowledgement is seen, when one_sided_bytes wait; and by finish().
// When readings differ, both are handed out: the other one begins with the history before the difference and is
// followed for kFollowed bytes. One other reading is followed at a time, the newest.
// When full: a direction with its most chunks or pieces gives its own holes up; an empty arena is refilled from the
// direction that holds most, whose waiting bytes are lost and counted, unless that is the one that asks.
// At its depth (kTcpLimit, StreamStep::over) a direction gives back what waits, and its segments are looked at for FIN
// and reset alone: its caller may leave them out. What they acknowledge is then unknown in the other direction, whose
// holes are given up as where no acknowledgement is seen; nor is anything asked of those that acknowledge it.
// Owns everything; runs live until the next call. Nothing is allocated after construction. Thread: the worker.
class TcpReassembler {
 public:
  static constexpr uint32_t kFollowed = 2048;       // bytes behind a difference that the other reading gets too
  static constexpr int32_t kMostWindow = 64 << 20;  // where windows are not known; RFC 7323 allows 1 GiB
  static constexpr int32_t kMostPickUp = 1 << 20;   // from the other end's acknowledgement to a late tap's first byte
  static constexpr uint8_t kHops = 4;               // a hop limit that much below the usual is low

  explicit TcpReassembler(const ReassemblyOptions& options);

  // Handles are given by the caller, each open or closed. A receiver's policy says which of its readings is the main
  // one, for as long as the stream is open.
  void open(uint32_t handle, ReceiverPolicies policies = {});
  // What still waits is lost: finish() first.
  void close(uint32_t handle);

  [[nodiscard]] StreamStep accept(uint32_t handle, bool to_responder, const TcpSegment& segment);
  // The flow's end: what still waits, over its holes.
  [[nodiscard]] StreamStep finish(uint32_t handle, bool to_responder);
  [[nodiscard]] bool waits(uint32_t handle) const;
  // Whether the direction has been read to its depth.
  [[nodiscard]] bool over(uint32_t handle, bool to_responder) const {
    return streams_[handle].directions[to_responder ? 1 : 0].over;
  }
  // By a reset that counted, or by both FINs.
  [[nodiscard]] bool ended(uint32_t handle) const { return streams_[handle].ended(); }

  // Of the arena; those that runs lie in count until the next call.
  [[nodiscard]] size_t chunks_in_use() const { return options_.arena_chunks - arena_.unused(); }

  [[nodiscard]] const StreamCounters& counters() const { return counters_; }
  // Another's counters become the first of this one's.
  void count_on_from(const StreamCounters& counters) { counters_ = counters; }
  // What one stream takes; the arena apart.
  [[nodiscard]] static constexpr size_t bytes_per_stream() { return sizeof(TcpStream); }

 private:
  // reassembler.cpp: numbers
  [[nodiscard]] bool take_quietly(StreamDirection& d, StreamDirection& back, const TcpStream& stream, bool to_responder,
                                  const TcpSegment& segment);
  void judge(TcpStream& stream, bool to_responder, const TcpSegment& segment);
  [[nodiscard]] bool follow_ack(TcpStream& stream, bool to_responder, const TcpSegment& segment);
  void follow_grant(const TcpStream& stream, bool to_responder, StreamDirection& back, const TcpSegment& segment);
  void on_reset(TcpStream& stream, StreamDirection& d, const TcpSegment& segment);
  [[nodiscard]] bool on_syn(TcpStream& stream, bool to_responder, const TcpSegment& segment);
  void rebase(StreamDirection& d, uint32_t next);
  [[nodiscard]] bool is_old(StreamDirection& d, const TcpSegment& segment);
  void judge_hops(StreamDirection& d, uint8_t hop_limit);
  void start(TcpStream& stream);

  // reassembler_data.cpp: bytes
  void read(StreamDirection& d, SeqBytes segment);
  void read_old(StreamDirection& d, SeqBytes segment);
  void read_doubtful(StreamDirection& d, SeqBytes segment);
  void wait(StreamDirection& d, SeqBytes segment);
  void catch_up(StreamDirection& d, SeqBytes segment);
  void make_room(size_t bytes);
  void give_up_holes(StreamDirection& d);
  void skip_to(StreamDirection& d, uint32_t seq);
  void drain(StreamDirection& d);
  void retire(ChunkList& list);
  void hand_on_waiting(StreamDirection& d, SeqBytes bytes);
  void hand_on(StreamDirection& d, SeqBytes bytes);
  void hand_on_both(StreamDirection& d, SeqBytes bytes, std::span<const uint8_t> other);
  void count_on(StreamDirection& d, std::span<const uint8_t> bytes, std::span<const uint8_t> remembered);
  void open_other(StreamDirection& d, uint32_t seq);
  void add_history(StreamDirection& d, uint32_t begin, uint32_t end);
  void feed_other(StreamDirection& d, SeqBytes bytes);
  void close_other(StreamDirection& d);
  void add(StreamDirection& d, std::span<const uint8_t> bytes, StreamReading reading);

  void begin(uint32_t handle, bool to_responder);
  [[nodiscard]] StreamStep end(TcpStream& stream, bool to_responder);
  void leave_at_depth(StreamDirection& d, StreamDirection& back);
  static void pass_by(TcpStream& stream, StreamDirection& d, const TcpSegment& segment);
  [[nodiscard]] HolderIndex holder_of(uint32_t handle, bool to_responder) const {
    return HolderIndex(handle * 2 + (to_responder ? 1 : 0));
  }

  const ReassemblyOptions options_;
  ChunkArena arena_;
  std::vector<TcpStream> streams_;  // by handle
  StreamCounters counters_;
  // Of the call that is running, and of its runs until the next.
  HolderIndex holder_;
  AnomalySet anomalies_;
  bool other_over_ = false;
  bool over_ = false;
  bool low_hops_ = false;
  std::vector<StreamRun> runs_;
  ChunkIndex retired_;  // chunks of retired_holder_ that runs lie in
  HolderIndex retired_holder_;
  std::vector<uint8_t> context_;  // histories that runs lie in
  size_t context_used_ = 0;
};

}  // namespace glacis
