#include <algorithm>
#include <cassert>

#include "dataplane/stream/reassembler.h"

namespace glacis {

void TcpReassembler::read(StreamDirection& d, SeqBytes segment) {
  const int32_t behind = std::min(seq_diff(d.next, segment.seq), static_cast<int32_t>(segment.bytes.size()));
  if (behind > 0) {
    read_old(d, segment.head(static_cast<size_t>(behind)));
    segment = segment.behind(static_cast<size_t>(behind));
  }
  if (!segment.bytes.empty()) {
    const bool in_order = segment.seq == d.next;
    const bool alone = d.waiting.empty() || seq_diff(arena_.at(d.waiting.main.first).seq, segment.end()) >= 0;
    if (in_order && alone) {
      hand_on(d, segment);
    } else {
      wait(d, segment);
    }
  }
  drain(d);
  give_up_holes(d);
}

// Bytes before `next`. Those that are in the history are held against it; those before it, unless the receiver
// has said that it had them, are read again, because nobody can say that they are the same.
void TcpReassembler::read_old(StreamDirection& d, SeqBytes segment) {
  counters_.repeated_bytes += segment.bytes.size();
  // A keep-alive carries any byte (RFC 9293, 3.8.4).
  if (segment.bytes.size() == 1 && segment.end() == d.next && d.answered && seq_diff(d.acked, d.next) >= 0) return;
  const auto size = static_cast<int32_t>(segment.bytes.size());
  const auto before = static_cast<size_t>(std::clamp(seq_diff(d.history_begin(), segment.seq), 0, size));
  const SeqBytes unknown = segment.head(before), known = segment.behind(before);
  const size_t back = d.next - known.seq;
  const bool conflict = !known.bytes.empty() && d.history.differs(back, known.bytes);
  if (conflict) {
    anomalies_.add(Anomaly::kTcpConflict);
    ++counters_.conflicts;
    if (low_hops_) ++counters_.low_ttl_conflicts;
    d.history.rewrite(back, known.bytes);
  }
  const bool late =
      d.hole_begin != d.hole_end && seq_diff(segment.seq, d.hole_end) < 0 && seq_diff(unknown.end(), d.hole_begin) > 0;
  const bool acked = d.answered && seq_diff(d.acked, unknown.end()) >= 0;
  const bool again = !unknown.bytes.empty() && (late || !acked);
  if (!conflict && !again) return;
  const bool followed = d.other_open && d.other_next == d.next;
  if (again) {
    ++counters_.read_again;
    open_other(d, unknown.seq);
    add(d, unknown.bytes, StreamReading::kOther);
    d.other_next = unknown.end();
    if (d.other_next == d.history_begin()) {
      add_history(d, d.other_next, d.next);
      d.other_next = d.next;
      return;
    }
    if (!followed) return;
  }
  d.other_open = false;  // from the beginning of the history
  open_other(d, d.next);
}

// A segment that its receiver drops, or may: read where it stands, in the other reading alone.
void TcpReassembler::read_doubtful(StreamDirection& d, SeqBytes segment) {
  if (segment.bytes.empty()) return;
  ++counters_.doubtful;
  const bool followed = d.other_open && d.known && d.other_next == d.next;
  open_other(d, segment.seq);
  add(d, segment.bytes, StreamReading::kOther);
  d.other_next = segment.end();
  if (followed && d.other_next != d.next) open_other(d, d.next);
}

// Ahead of a hole, or over bytes that wait.
void TcpReassembler::wait(StreamDirection& d, SeqBytes segment) {
  make_room(segment.bytes.size());
  WaitingRoom room(arena_, holder_);
  const Placed placed = room.place(d.waiting, segment, d.policy);
  ++counters_.waited;
  if (placed.conflict) {
    anomalies_.add(Anomaly::kTcpConflict);
    ++counters_.conflicts;
    if (low_hops_) ++counters_.low_ttl_conflicts;
  }
  const bool pieces = room.pieces(d.waiting.main) > options_.most_pieces;
  if (!placed.full && !pieces) return;
  anomalies_.add(Anomaly::kTcpLimit);
  ++counters_.full;
  if (placed.full) return catch_up(d, segment);
  skip_to(d, arena_.at(d.waiting.main.first).seq);
}

// No room for the segment: the holes before it are given up, and it is read where it lies.
void TcpReassembler::catch_up(StreamDirection& d, SeqBytes segment) {
  drain(d);
  while (!d.waiting.empty() && seq_diff(arena_.at(d.waiting.main.first).seq, segment.seq) < 0) {
    skip_to(d, arena_.at(d.waiting.main.first).seq);
    drain(d);
  }
  if (seq_diff(segment.end(), d.next) <= 0) return;
  if (seq_diff(segment.seq, d.next) > 0) skip_to(d, segment.seq);
  hand_on(d, segment.behind(d.next - segment.seq));
}

// For a segment of so many bytes, at worst twice: in the arena. Who holds most gives; not more than the asker.
void TcpReassembler::make_room(size_t bytes) {
  const size_t wanted = (bytes / Chunk::kBytes + 2) * 2;
  while (arena_.unused() < wanted) {
    if (arena_.unused() == options_.arena_chunks) return;
    const HolderIndex most = arena_.holds_most();
    if (most == holder_ || arena_.held(most) <= arena_.held(holder_)) return;
    StreamDirection& victim = streams_[most.value / 2].directions[most.value % 2];
    counters_.evicted_bytes += victim.waiting.bytes;
    WaitingRoom(arena_, most).drop(victim.waiting);
    victim.evicted = true;
    victim.quiet = false;
  }
}

void TcpReassembler::give_up_holes(StreamDirection& d) {
  while (!d.waiting.empty() && !d.over) {
    const uint32_t first = arena_.at(d.waiting.main.first).seq;
    const bool taken = d.answered && seq_diff(d.acked, first) >= 0;
    const bool unanswered = !d.answered && d.waiting.bytes > options_.one_sided_bytes;
    if (!taken && !unanswered) return;
    skip_to(d, first);
    drain(d);
  }
}

// Over a hole.
void TcpReassembler::skip_to(StreamDirection& d, uint32_t seq) {
  anomalies_.add(Anomaly::kTcpGap);
  ++counters_.gaps;
  d.hole_begin = d.next;
  d.hole_end = seq;
  d.next = seq;
  d.restart |= d.data;
  d.history.clear();
  if (d.other_open && d.other_next != seq) close_other(d);
}

// Hands on what waits no longer.
void TcpReassembler::drain(StreamDirection& d) {
  while (!d.waiting.empty()) {
    const Chunk& chunk = arena_.at(d.waiting.main.first);
    const int32_t behind = seq_diff(d.next, chunk.seq);
    if (behind < 0) return;
    d.waiting.bytes -= chunk.bytes;
    if (behind < static_cast<int32_t>(chunk.bytes)) {
      hand_on_waiting(d, chunk.content().behind(static_cast<size_t>(behind)));
    }
    retire(d.waiting.main);
  }
  while (!d.waiting.losers.empty()) retire(d.waiting.losers);
}

// Takes the first chunk off. Runs may lie in it: it is given back at the next call.
void TcpReassembler::retire(ChunkList& list) {
  const ChunkIndex chunk = list.first;
  list.first = arena_.at(chunk).next;
  if (list.first.value == 0) list.last = {};
  arena_.at(chunk).next = retired_;
  retired_ = chunk;
}

// Part of one chunk: as it is, and where something lost against it both.
void TcpReassembler::hand_on_waiting(StreamDirection& d, SeqBytes bytes) {
  ChunkList& losers = d.waiting.losers;
  while (!bytes.bytes.empty()) {
    while (!losers.empty() && seq_diff(arena_.at(losers.first).end(), bytes.seq) <= 0) retire(losers);
    if (losers.empty() || seq_diff(arena_.at(losers.first).seq, bytes.end()) >= 0) return hand_on(d, bytes);
    const SeqBytes loser = arena_.at(losers.first).content();
    const int32_t before = seq_diff(loser.seq, bytes.seq);
    if (before > 0) {
      hand_on(d, bytes.head(static_cast<size_t>(before)));
      bytes = bytes.behind(static_cast<size_t>(before));
    }
    const auto other = loser.bytes.subspan(bytes.seq - loser.seq);
    const size_t n = std::min(bytes.bytes.size(), other.size());
    hand_on_both(d, bytes.head(n), other.first(n));
    bytes = bytes.behind(n);
  }
}

// The next bytes, in both readings alike, but for an urgent one: the other reading leaves it out (RFC 6093, 3).
void TcpReassembler::hand_on(StreamDirection& d, SeqBytes bytes) {
  if (d.urgent && seq_diff(d.urgent_at, bytes.seq) >= 0 && seq_diff(d.urgent_at, bytes.end()) < 0) {
    d.urgent = false;
    const size_t before = d.urgent_at - bytes.seq;
    if (before != 0) hand_on(d, bytes.head(before));
    open_other(d, d.urgent_at);
    d.other_next = d.urgent_at + 1;
    bytes = bytes.behind(before);
  }
  if (d.other_open) feed_other(d, bytes);
  count_on(d, bytes.bytes, bytes.bytes);
}

// The next bytes, of which there are two versions.
void TcpReassembler::hand_on_both(StreamDirection& d, SeqBytes bytes, std::span<const uint8_t> other) {
  open_other(d, bytes.seq);
  feed_other(d, {bytes.seq, other});
  d.other_left = kFollowed;
  count_on(d, bytes.bytes, other);
}

void TcpReassembler::count_on(StreamDirection& d, std::span<const uint8_t> bytes, std::span<const uint8_t> remembered) {
  const uint64_t left = options_.depth - std::min(options_.depth, d.handed);
  if (bytes.size() > left && !d.over) {
    d.over = over_ = true;
    ++counters_.depth_reached;
    anomalies_.add(Anomaly::kTcpLimit);
  }
  add(d, bytes.first(std::min<uint64_t>(bytes.size(), left)), StreamReading::kMain);
  d.history.push(remembered);
  d.next += static_cast<uint32_t>(bytes.size());
  d.handed += bytes.size();
  d.data = true;
}

// From here on the other reading stands at `seq`: with the history before it, unless it stands there already.
void TcpReassembler::open_other(StreamDirection& d, uint32_t seq) {
  const bool there = d.other_open && d.other_next == seq;
  d.other_open = true;
  d.other_next = seq;
  d.other_left = kFollowed;
  if (there) return;
  d.other_restart = true;
  if (seq_diff(seq, d.history_begin()) >= 0 && seq_diff(seq, d.next) <= 0) add_history(d, d.history_begin(), seq);
}

// History from `begin` to `end`. It is copied, because it changes before the runs are read.
void TcpReassembler::add_history(StreamDirection& d, uint32_t begin, uint32_t end) {
  const size_t bytes = end - begin;
  assert(bytes <= context_.size() - context_used_);
  if (bytes == 0 || bytes > context_.size() - context_used_) return;
  const auto out = std::span(context_).subspan(context_used_, bytes);
  context_used_ += bytes;
  d.history.copy(d.next - begin, out);
  add(d, out, StreamReading::kOther);
}

// What of the bytes the other reading does not have yet, as far as it is followed.
void TcpReassembler::feed_other(StreamDirection& d, SeqBytes bytes) {
  const int32_t had = seq_diff(d.other_next, bytes.seq);
  const auto until = static_cast<int32_t>(std::min<size_t>(bytes.bytes.size(), d.other_left));
  if (had >= 0 && had < until && !d.over) {
    add(d, bytes.head(static_cast<size_t>(until)).behind(static_cast<size_t>(had)).bytes, StreamReading::kOther);
    d.other_next = bytes.seq + static_cast<uint32_t>(until);
  }
  d.other_left -= static_cast<uint32_t>(until);
  if (d.other_left == 0) close_other(d);
}

void TcpReassembler::close_other(StreamDirection& d) {
  d.other_open = false;
  other_over_ = true;
}

void TcpReassembler::add(StreamDirection& d, std::span<const uint8_t> bytes, StreamReading reading) {
  if (bytes.empty()) return;
  assert(runs_.size() < runs_.capacity());
  const bool main = reading == StreamReading::kMain;
  runs_.push_back({bytes, reading, main ? d.restart : d.other_restart});
  if (main) {
    d.restart = false;
  } else {
    d.other_restart = false;
  }
}

}  // namespace glacis
