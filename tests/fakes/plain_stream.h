#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/stream/overlap.h"
#include "dataplane/stream/reassembler.h"

namespace glacis {

// One direction of TcpReassembler, said plainly: every byte by itself in maps, offsets without end instead of sequence
// numbers, no caps. What it hands out in each reading is text, with '|' where a reading does not join on.
class PlainStream {
 public:
  PlainStream(OverlapPolicy policy, uint64_t one_sided) : policy_(policy), one_sided_(one_sided) {}

  std::string main, other;
  int conflicts = 0, gaps = 0;

  void start(uint64_t offset) {
    next_ = offset;
    start_ = offset;
  }
  void ack(uint64_t offset) {
    if (offset >= start_) acked_ = std::max(acked_.value_or(0), offset);
  }
  void urgent(uint64_t offset) {
    urgent_.reset();
    if (offset >= next_.value_or(0)) urgent_ = offset;
  }

  void data(uint64_t offset, std::string_view bytes) {
    if (!next_) next_ = std::min(acked_.value_or(offset), offset);
    const uint64_t end = offset + bytes.size();
    if (offset < *next_) old(offset, bytes.substr(0, std::min(*next_, end) - offset));
    if (end > *next_) {
      const uint64_t from = std::max(offset, *next_);
      fresh(from, bytes.substr(from - offset));
    }
    drain();
    while (!waiting_.empty()) {
      const uint64_t first = waiting_.begin()->first;
      if (!(acked_ && *acked_ >= first) && !(!acked_ && waiting_.size() > one_sided_)) break;
      skip(first);
      drain();
    }
    if (urgent_ && *urgent_ < *next_) urgent_.reset();
  }
  void doubtful(uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    const bool followed = open_ && next_ && other_next_ == *next_;
    open(offset);
    for (const char c : bytes) tell(other, other_joins_, c);
    other_next_ = offset + bytes.size();
    if (followed && other_next_ != *next_) open(*next_);
  }
  void finish() {
    while (!waiting_.empty()) {
      skip(waiting_.begin()->first);
      drain();
    }
    open_ = false;
  }

 private:
  void fresh(uint64_t offset, std::string_view bytes) {
    const uint64_t end = offset + bytes.size();
    bool conflict = false;
    const auto met = waiting_.lower_bound(offset);
    const bool meets = met != waiting_.end() && met->first < end;
    const std::map<uint64_t, char> before = meets ? waiting_ : std::map<uint64_t, char>();
    for (auto at = before.begin(); at != before.end();) {
      const uint64_t piece_begin = at->first;
      uint64_t piece_end = piece_begin;
      for (; at != before.end() && at->first == piece_end; ++at) ++piece_end;
      std::optional<uint64_t> first, last;
      for (uint64_t i = std::max(offset, piece_begin); i < std::min(end, piece_end); ++i) {
        if (before.at(i) == bytes[i - offset]) continue;
        if (!first) first = i;
        last = i;
      }
      if (!first) continue;
      conflict = true;
      const bool wins = wins_over(offset, end, piece_begin, piece_end);
      for (uint64_t i = *first; i <= *last; ++i) {
        losers_[i] = wins ? before.at(i) : bytes[i - offset];
        if (wins) waiting_[i] = bytes[i - offset];
      }
    }
    conflicts += conflict ? 1 : 0;
    for (uint64_t i = offset; i < end; ++i) waiting_.emplace(i, bytes[i - offset]);
  }

  // By the paper's words, not by the enum's code.
  [[nodiscard]] bool wins_over(uint64_t b, uint64_t e, uint64_t old_b, uint64_t old_e) const {
    switch (policy_) {
      case OverlapPolicy::kFirst:
        return false;
      case OverlapPolicy::kLast:
        return true;
      case OverlapPolicy::kBsd:
      case OverlapPolicy::kWindows:
        return b < old_b;
      case OverlapPolicy::kLinux:
        return b < old_b || (b == old_b && e > old_e);
      case OverlapPolicy::kOldLinux:
        return b < old_b || (b == old_b && e >= old_e);
      case OverlapPolicy::kSolaris:
        return b <= old_b ? e >= old_e : e > old_e;
    }
    return false;
  }

  void old(uint64_t offset, std::string_view bytes) {
    const uint64_t next = *next_, end = offset + bytes.size();
    if (bytes.size() == 1 && end == next && acked_ && *acked_ >= next) return;
    const uint64_t kept_from = next - history_.size();
    bool conflict = false, unknown = false, late = false;
    uint64_t unknown_end = offset;
    for (uint64_t i = offset; i < end; ++i) {
      const char c = bytes[i - offset];
      if (i < kept_from) {
        unknown = true;
        unknown_end = i + 1;
        late = late || (i >= hole_begin_ && i < hole_end_);
      } else if (history_[i - kept_from] != c) {
        conflict = true;
        history_[i - kept_from] = c;
      }
    }
    conflicts += conflict ? 1 : 0;
    const bool again = unknown && (late || !(acked_ && *acked_ >= unknown_end));
    if (!conflict && !again) return;
    const bool followed = open_ && other_next_ == next;
    if (again) {
      open(offset);
      for (uint64_t i = offset; i < unknown_end; ++i) tell(other, other_joins_, bytes[i - offset]);
      other_next_ = unknown_end;
      if (unknown_end == kept_from) {
        for (const char c : history_) tell(other, other_joins_, c);
        other_next_ = next;
        return;
      }
      if (!followed) return;
    }
    open_ = false;
    open(next);
  }

  void drain() {
    while (!waiting_.empty() && waiting_.begin()->first == *next_) {
      const char c = waiting_.begin()->second;
      waiting_.erase(waiting_.begin());
      const auto loser = losers_.find(*next_);
      if (loser != losers_.end()) {
        const char lost = loser->second;
        losers_.erase(loser);
        open(*next_);
        hand_on(c, lost);
        open_ = true;
        left_ = TcpReassembler::kFollowed;
        continue;
      }
      if (urgent_ && *urgent_ == *next_) {
        open(*next_);
        other_next_ = *next_ + 1;
      }
      hand_on(c, c);
    }
  }

  void hand_on(char c, char lost) {
    if (open_ && other_next_ == *next_) {
      tell(other, other_joins_, lost);
      other_next_ = *next_ + 1;
    }
    if (open_ && --left_ == 0) open_ = false;
    tell(main, joins_, c);
    history_ += lost;
    if (history_.size() > StreamHistory::kBytes) history_.erase(0, 1);
    ++*next_;
    data_ = true;
  }

  void skip(uint64_t to) {
    ++gaps;
    hole_begin_ = *next_;
    hole_end_ = to;
    next_ = to;
    if (data_) joins_ = false;
    history_.clear();
    open_ = open_ && other_next_ == to;
  }

  void open(uint64_t offset) {
    const bool there = open_ && other_next_ == offset;
    open_ = true;
    other_next_ = offset;
    left_ = TcpReassembler::kFollowed;
    if (there) return;
    other_joins_ = false;
    if (!next_ || offset > *next_) return;
    const uint64_t kept_from = *next_ - history_.size();
    for (uint64_t i = kept_from; i < offset; ++i) tell(other, other_joins_, history_[i - kept_from]);
  }

  static void tell(std::string& out, bool& joins, char c) {
    if (!joins) out += '|';
    joins = true;
    out += c;
  }

  const OverlapPolicy policy_;
  const uint64_t one_sided_;
  uint64_t start_ = 0;  // of a connection whose SYN was seen
  std::optional<uint64_t> next_, acked_, urgent_;
  std::map<uint64_t, char> waiting_, losers_;
  std::string history_;
  uint64_t hole_begin_ = 0, hole_end_ = 0, other_next_ = 0;
  uint32_t left_ = 0;
  bool data_ = false, joins_ = true, other_joins_ = true, open_ = false;
};

// The same direction of a real TcpReassembler, with numbers from `first` on, beside it.
class BothStreams {
 public:
  static constexpr uint32_t kHandle = 1;
  BothStreams(TcpReassembler& real, OverlapPolicy policy, uint64_t one_sided, uint32_t first)
      : plain(policy, one_sided), real_(real), first_(first) {
    real_.open(kHandle, {.responder = policy});
  }
  ~BothStreams() { real_.close(kHandle); }
  BothStreams(const BothStreams&) = delete;
  BothStreams& operator=(const BothStreams&) = delete;

  PlainStream plain;
  std::string main, other;
  AnomalySet anomalies;

  void syn(uint64_t offset) {
    TcpSegment segment;
    segment.seq = number(offset) - 1;
    segment.flags = kSyn;
    take(real_.accept(kHandle, true, segment));
    plain.start(offset);
  }
  void data(uint64_t offset, std::string_view bytes, bool bad_checksum = false,
            std::optional<uint16_t> urgent = std::nullopt) {
    TcpSegment segment;
    segment.seq = number(offset);
    segment.bad_checksum = bad_checksum;
    segment.payload = {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
    if (urgent) {
      segment.flags = kUrg;
      segment.urgent = *urgent;
    }
    take(real_.accept(kHandle, true, segment));
    if (bad_checksum) return plain.doubtful(offset, bytes);
    if (urgent && *urgent != 0) plain.urgent(offset + *urgent - 1);
    plain.data(offset, bytes);
  }
  void ack(uint64_t offset) {
    TcpSegment segment;
    segment.ack = number(offset);
    segment.flags = kAck;
    static_cast<void>(real_.accept(kHandle, false, segment));
    plain.ack(offset);
  }
  void finish() {
    take(real_.finish(kHandle, true));
    plain.finish();
  }

 private:
  static constexpr uint8_t kSyn = 0x02, kAck = 0x10, kUrg = 0x20;
  [[nodiscard]] uint32_t number(uint64_t offset) const { return first_ + static_cast<uint32_t>(offset); }
  void take(const StreamStep& step) {
    anomalies.add(step.anomalies);
    for (const StreamRun& run : step.runs) {
      std::string& out = run.reading == StreamReading::kMain ? main : other;
      if (run.restart) out += '|';
      out.append(run.bytes.begin(), run.bytes.end());
    }
  }

  TcpReassembler& real_;
  const uint32_t first_;
};

}  // namespace glacis
