#include "dataplane/stream/reassembler.h"

#include <algorithm>

#include "dataplane/packet/layers.h"

namespace glacis {
namespace {

constexpr uint8_t kNotQuiet = kTcpSyn | kTcpFin | kTcpRst | kTcpUrg;

// The numbers a connection may have used before they could be taken for those before its first.
constexpr uint64_t kNearStart = uint64_t{1} << 30;

}  // namespace

TcpReassembler::TcpReassembler(const ReassemblyOptions& options)
    : options_(options),
      arena_(options.arena_chunks, (options.streams + 1) * 2, options.most_chunks),
      streams_(options.streams + 1) {
  // A chunk is handed on in one run, or cut where losers begin and end; each part in both readings.
  runs_.reserve(size_t{options.most_chunks} * 6 + 32);
  // The other reading begins anew at most once for each piece, and for each stretch of kFollowed bytes in one.
  context_.resize((options.most_chunks * Chunk::kBytes / kFollowed + options.most_pieces + 8) * StreamHistory::kBytes);
}

void TcpReassembler::open(uint32_t handle, ReceiverPolicies policies) {
  TcpStream& stream = streams_[handle] = {};
  stream.directions[0].policy = policies.initiator;
  stream.directions[1].policy = policies.responder;
}

void TcpReassembler::close(uint32_t handle) {
  for (const bool to_responder : {false, true}) {
    begin(handle, to_responder);
    WaitingRoom(arena_, holder_).drop(streams_[handle].directions[to_responder ? 1 : 0].waiting);
  }
}

bool TcpReassembler::waits(uint32_t handle) const {
  const auto& directions = streams_[handle].directions;
  return !directions[0].waiting.empty() || !directions[1].waiting.empty();
}

// What the last call handed out is free from here on.
void TcpReassembler::begin(uint32_t handle, bool to_responder) {
  while (retired_.value != 0) {
    const ChunkIndex next = arena_.at(retired_).next;
    arena_.give(retired_holder_, retired_);
    retired_ = next;
  }
  holder_ = holder_of(handle, to_responder);
  retired_holder_ = holder_;
  runs_.clear();
  context_used_ = 0;
  anomalies_ = {};
  other_over_ = false;
  over_ = false;
  low_hops_ = false;
}

StreamStep TcpReassembler::end(TcpStream& stream, bool to_responder) {
  StreamDirection& d = stream.directions[to_responder ? 1 : 0];
  if (over_) leave_at_depth(d, stream.directions[to_responder ? 0 : 1]);
  if (d.urgent && seq_diff(d.urgent_at, d.next) < 0) d.urgent = false;
  d.quiet = d.data && d.waiting.empty() && !d.other_open && !other_over_ && !d.restart && !d.urgent && !d.fin &&
            !stream.reset && !d.evicted;
  return {runs_, anomalies_, other_over_ && !d.other_open, over_};
}

// Runs may lie in the chunks that are given back: nobody takes one before the next call.
void TcpReassembler::leave_at_depth(StreamDirection& d, StreamDirection& back) {
  WaitingRoom(arena_, holder_).drop(d.waiting);
  if (d.other_open) close_other(d);
  back.answered = false;
  back.edge_known = false;
}

// Of a direction that is over. Where it stands is not known any more, so that each reset counts.
void TcpReassembler::pass_by(TcpStream& stream, StreamDirection& d, const TcpSegment& segment) {
  if (segment.bad_checksum) return;
  d.fin |= (segment.flags & kTcpFin) != 0;
  if ((segment.flags & kTcpRst) == 0) return;
  stream.reset = true;
  for (StreamDirection& each : stream.directions) each.quiet = false;
}

StreamStep TcpReassembler::accept(uint32_t handle, bool to_responder, const TcpSegment& segment) {
  TcpStream& stream = streams_[handle];
  StreamDirection& d = stream.directions[to_responder ? 1 : 0];
  begin(handle, to_responder);
  if (d.over) {
    pass_by(stream, d, segment);
    return {};
  }
  if (take_quietly(d, stream.directions[to_responder ? 0 : 1], stream, to_responder, segment)) {
    return {runs_, {}, false, false};
  }
  if (d.evicted) {
    anomalies_.add(Anomaly::kTcpLimit);
    d.evicted = false;
  }
  judge(stream, to_responder, segment);
  return end(stream, to_responder);
}

StreamStep TcpReassembler::finish(uint32_t handle, bool to_responder) {
  TcpStream& stream = streams_[handle];
  StreamDirection& d = stream.directions[to_responder ? 1 : 0];
  begin(handle, to_responder);
  while (!d.waiting.empty()) {
    skip_to(d, arena_.at(d.waiting.main.first).seq);
    drain(d);
  }
  if (d.other_open) close_other(d);
  return end(stream, to_responder);
}

// The usual segment: next in order, or without payload, in a direction where nothing is open. Its plain twin is
// judge(), which gives the same for it.
bool TcpReassembler::take_quietly(StreamDirection& d, StreamDirection& back, const TcpStream& stream, bool to_responder,
                                  const TcpSegment& segment) {
  if (!d.quiet || (segment.flags & kNotQuiet) != 0 || segment.bad_checksum || segment.hop_limit != d.hop_limit ||
      d.handed + segment.payload.size() > options_.depth) {
    return false;
  }
  if (segment.seq != d.next || segment.has_ts != d.has_ts ||
      (segment.has_ts && seq_diff(segment.ts_value, d.newest_ts) < 0)) {
    return false;
  }
  if ((segment.flags & kTcpAck) != 0 && !back.over) {
    if (!back.answered || back.syn_again || seq_diff(segment.ack, back.acked) < 0) return false;
    if (back.known && seq_diff(back.next, segment.ack) < 0) return false;
    back.acked = segment.ack;
    follow_grant(stream, to_responder, back, segment);
  }
  d.newest_ts = segment.ts_value;
  if (!segment.payload.empty()) hand_on(d, {segment.seq, segment.payload});
  return true;
}

void TcpReassembler::judge(TcpStream& stream, bool to_responder, const TcpSegment& segment) {
  StreamDirection& d = stream.directions[to_responder ? 1 : 0];
  const bool syn = (segment.flags & kTcpSyn) != 0;
  const SeqBytes bytes{syn ? segment.seq + 1 : segment.seq, segment.payload};
  if (segment.bad_checksum) return read_doubtful(d, bytes);
  if (syn && (segment.flags & kTcpAck) == 0 && stream.ended() && !(d.syn && segment.seq == d.first_isn)) start(stream);
  anomalies_.add(stream.handshake.follow(to_responder, segment));
  if ((segment.flags & kTcpRst) != 0) return on_reset(stream, d, segment);
  judge_hops(d, segment.hop_limit);
  if (!syn && is_old(d, segment)) {
    anomalies_.add(Anomaly::kTcpOldTimestamp);
    return read_doubtful(d, bytes);
  }
  if (!follow_ack(stream, to_responder, segment)) return read_doubtful(d, bytes);
  if (syn && !on_syn(stream, to_responder, segment)) return read_doubtful(d, bytes);
  if (!d.known) {
    d.known = true;
    d.next = bytes.seq;
    // The tap came late, perhaps amid segments out of order.
    const int32_t missing = d.answered ? seq_diff(bytes.seq, d.acked) : 0;
    if (missing > 0 && missing <= kMostPickUp) d.next = d.acked;
  }
  const int32_t ahead = seq_diff(bytes.seq, d.next);
  const bool beyond_edge = ahead > 0 && d.edge_known && seq_diff(bytes.seq, d.edge) > 0;
  // A tap may have missed what granted more: twice the window is still read in its place.
  const bool far = d.edge_known ? beyond_edge && seq_diff(bytes.seq, d.edge) > static_cast<int64_t>(d.window)
                                : d.answered && ahead > 0 && seq_diff(bytes.seq, d.acked) > kMostWindow;
  const bool long_ago = ahead < -kMostWindow;
  if (beyond_edge || far || long_ago) {
    anomalies_.add(Anomaly::kTcpOutOfWindow);
    ++counters_.out_of_window;
    if (far || long_ago) return read_doubtful(d, bytes);
  }
  if ((segment.flags & kTcpUrg) != 0 && segment.urgent != 0) {
    const uint32_t at = bytes.seq + segment.urgent - 1;
    d.urgent = seq_diff(at, d.next) >= 0;
    d.urgent_at = at;
  }
  if (!bytes.bytes.empty() && (stream.reset || (d.fin && seq_diff(bytes.end(), d.fin_at) > 0))) {
    anomalies_.add(Anomaly::kTcpDataAfterEnd);
  }
  read(d, bytes);
  if ((segment.flags & kTcpFin) != 0 && !d.fin && seq_diff(bytes.end(), d.next) >= 0) {
    d.fin = true;
    d.fin_at = bytes.end();
  }
}

// A new connection between the same ends.
void TcpReassembler::start(TcpStream& stream) {
  const HolderIndex held = holder_;
  for (size_t i = 0; i < 2; ++i) {
    StreamDirection& d = stream.directions[i];
    const bool data = d.data, other = d.other_open;
    WaitingRoom(arena_, HolderIndex((held.value & ~1U) + static_cast<uint32_t>(i))).drop(d.waiting);
    const uint64_t handed = d.handed;
    const OverlapPolicy policy = d.policy;
    const bool over = d.over;
    if (other && i == (held.value & 1U)) other_over_ = true;
    d = {};
    d.handed = handed;
    d.policy = policy;
    d.over = over;
    d.restart = data;
    // The other direction's reading is closed at its next segment.
    d.other_open = other && i != (held.value & 1U);
    d.other_left = 1;
    d.other_restart = true;
  }
  stream.handshake = {};
  stream.reset = false;
}

// False: the acknowledgement is one that no end sends.
bool TcpReassembler::follow_ack(TcpStream& stream, bool to_responder, const TcpSegment& segment) {
  StreamDirection& back = stream.directions[to_responder ? 0 : 1];
  if ((segment.flags & kTcpAck) == 0 || back.over) return true;
  const auto beyond = [&](uint32_t number) { return seq_diff(segment.ack, number) > kMostWindow; };
  bool bad = back.known && beyond(back.next) && (!back.answered || beyond(back.acked));
  if (back.edge_known) bad |= seq_diff(segment.ack, back.edge) > 1 && seq_diff(segment.ack, back.next) > 1;
  if (back.syn && !back.syn_again && back.handed < kNearStart) bad |= seq_diff(segment.ack, back.first_isn + 1) < 0;
  if (bad) {
    anomalies_.add(Anomaly::kTcpBadAck);
    return false;
  }
  if (back.syn_again) {
    const bool first = segment.ack == back.first_isn + 1, again = segment.ack == back.again_isn + 1;
    if (!back.data && (first || again)) back.next = segment.ack;
    if (back.data && again && (segment.flags & kTcpSyn) != 0) rebase(back, segment.ack);
  }
  if (!back.answered || seq_diff(segment.ack, back.acked) > 0) back.acked = segment.ack;
  back.answered = true;
  follow_grant(stream, to_responder, back, segment);
  return true;
}

// What the segment's sender lets the other end send (RFC 9293, 3.8.6; RFC 7323, 2.2).
void TcpReassembler::follow_grant(const TcpStream& stream, bool to_responder, StreamDirection& back,
                                  const TcpSegment& segment) {
  const int scale = stream.handshake.scale(to_responder);
  if (scale < 0) return;
  const bool syn = (segment.flags & kTcpSyn) != 0;
  const uint32_t window = syn ? segment.window : uint32_t{segment.window} << scale;
  const uint32_t edge = segment.ack + window;
  if (!back.edge_known || seq_diff(edge, back.edge) > 0) back.edge = edge;
  back.window = window;
  back.edge_known = true;
}

// The receiver answers the second SYN: the first one's data was never its own.
void TcpReassembler::rebase(StreamDirection& d, uint32_t next) {
  const auto holder = HolderIndex(holder_.value ^ 1U);  // acknowledged by the other direction
  WaitingRoom(arena_, holder).drop(d.waiting);
  d.first_isn = d.again_isn;
  d.syn_again = false;
  d.history.clear();
  d.next = next;
  d.acked = next;
  d.restart = true;
  d.quiet = false;
}

void TcpReassembler::on_reset(TcpStream& stream, StreamDirection& d, const TcpSegment& segment) {
  // RFC 5961, 3.2: only the very next number; what waits tells that the receiver may be further on than we are.
  const bool behind_fin = d.fin && segment.seq == d.fin_at + 1;
  if (!d.known || segment.seq == d.next || behind_fin || (d.answered && segment.seq == d.acked)) {
    stream.reset = true;
    for (StreamDirection& each : stream.directions) each.quiet = false;
    return;
  }
  ++counters_.resets_ignored;
  const int32_t ahead = seq_diff(segment.seq, d.next);
  const bool beyond = d.edge_known ? seq_diff(segment.seq, d.edge) > 0 : ahead > kMostWindow;
  if (ahead < 0 || beyond) anomalies_.add(Anomaly::kTcpOutOfWindow);
}

// False: a receiver only challenges it (RFC 5961, 4), so that its payload may be read or not.
bool TcpReassembler::on_syn(TcpStream& stream, bool to_responder, const TcpSegment& segment) {
  StreamDirection& d = stream.directions[to_responder ? 1 : 0];
  if (d.syn && segment.seq == d.first_isn) return true;
  // The other end has acknowledged other numbers than this one's.
  const bool strange = !d.syn && d.answered && d.acked != segment.seq + 1;
  if (d.syn || d.data || strange) {
    anomalies_.add(Anomaly::kTcpSynAgain);
    d.syn_again = true;
    d.again_isn = segment.seq;
    const bool settled = d.answered && d.syn && d.acked == d.first_isn + 1;
    if (d.data || settled || strange) return false;
  } else {
    d.first_isn = segment.seq;
  }
  d.syn = true;
  d.known = true;
  d.next = segment.seq + 1;
  return true;
}

// PAWS (RFC 7323, 5.3). That a time stamp of 24 days ago looks new is left: flows are over by then.
bool TcpReassembler::is_old(StreamDirection& d, const TcpSegment& segment) {
  if (!segment.has_ts) return false;
  if (d.has_ts && seq_diff(segment.ts_value, d.newest_ts) < 0) {
    // The receiver has taken what we left out: the newer stamp was none of its sender's.
    const bool taken = d.known && d.answered && d.waiting.empty() && seq_diff(d.acked, d.next) > 1;
    if (!taken) return true;
    d.newest_ts = segment.ts_value;
    return false;
  }
  if (!d.known || seq_diff(segment.seq, d.next) <= 0) {
    d.newest_ts = segment.ts_value;
    d.has_ts = true;
  }
  return false;
}

// The usual hop limit is the highest; each low one takes one off it, so that another route is not told for ever.
void TcpReassembler::judge_hops(StreamDirection& d, uint8_t hop_limit) {
  if (hop_limit == 0) return;
  if (d.hop_limit > hop_limit + kHops) {
    anomalies_.add(Anomaly::kTcpLowTtl);
    low_hops_ = true;
    --d.hop_limit;
    return;
  }
  d.hop_limit = std::max(d.hop_limit, hop_limit);
}

}  // namespace glacis
