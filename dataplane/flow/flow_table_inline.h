#pragma once

// Templates of FlowTable, and what its loop needs inlined; included by flow_table.h alone.

#include <algorithm>
#include <cstring>

#include "dataplane/flow/flow_table.h"

namespace glacis {

inline FlowTable::Choice FlowTable::choice(uint64_t hash) const {
  // Multiplication instead of a modulus (Lemire 2016), so that any number of buckets will do.
  return {static_cast<uint32_t>((hash & 0xffffffff) * bucket_count_ >> 32),
          static_cast<uint32_t>((hash >> 32) * bucket_count_ >> 32),
          static_cast<uint16_t>((hash * kGolden64) >> 48 | 1)};
}

inline bool FlowTable::is(uint32_t index, const Brief& brief, const Layers& whole) const {
  const HotFlow& hot = hot_[index];
  if (!(hot.key == brief.key) || hot.ip_version != brief.ip_version) return false;
  if (brief.ip_version == 4) return true;
  const ColdFlow& cold = cold_[index];
  return cold.segment == whole.key.segment &&
         std::memcmp(cold.low_head.data(), whole.key.low.bytes.data(), cold.low_head.size()) == 0 &&
         std::memcmp(cold.high_head.data(), whole.key.high.bytes.data(), cold.high_head.size()) == 0;
}

inline uint32_t FlowTable::find_in(const Bucket& bucket, uint16_t tag, const Brief& brief, const Layers& whole) const {
  for (uint32_t slots = bucket.with(tag); slots != 0; slots &= slots - 1) {
    const uint32_t index = bucket.flow[Bucket::first_of(slots)];
    if (is(index, brief, whole)) return index;
  }
  return kNone;
}

inline uint32_t FlowTable::find(const Choice& at, const Brief& brief, const Layers& whole) const {
  const uint32_t index = find_in(buckets_[at.first], at.tag, brief, whole);
  return index != kNone ? index : find_in(buckets_[at.second], at.tag, brief, whole);
}

// Always inlined: a function that only asks for memory looks to GCC 12 as if it did nothing, and its call is left out.
[[gnu::always_inline]] inline void FlowTable::prefetch_whole(uint32_t index) const {
  const auto* const cold = reinterpret_cast<const char*>(&cold_[index]);
  __builtin_prefetch(&hot_[index], 1);
  __builtin_prefetch(cold, 1);
  __builtin_prefetch(cold + 64, 1);
}

// Which flow of the bucket it may be, on its way to the cache; kNone: none of them.
inline uint32_t FlowTable::likely_flow(const Bucket& bucket, uint16_t tag, bool whole) const {
  const uint32_t slots = bucket.with(tag);
  if (slots == 0) return kNone;
  const uint32_t index = bucket.flow[Bucket::first_of(slots)];
  if (whole) {
    prefetch_whole(index);
  } else {
    __builtin_prefetch(&hot_[index], 1);
  }
  return index;
}

// In passes, so that the misses of a whole burst on buckets, then on flows, overlap.
inline void FlowTable::prefetch(const Burst& burst, Sought* sought) const {
  const uint32_t count = burst.count;
  for (uint32_t i = 0; i < count; ++i) {
    const Brief& brief = burst.brief[i];
    if (brief.ip_version == 0) continue;
    sought[i].at = choice(brief.ip_version == 4 ? hash_(brief.key) : hash_(brief.key, burst.layers[i].key));
    __builtin_prefetch(&buckets_[sought[i].at.first]);
  }
  // After a swap, or where answers are waited for, few packets are quiet.
  const bool few_quiet = looked_up_ * 4 > count;
  const auto needs_cold = [&](const Brief& brief) { return few_quiet || brief.quiet == 0 || brief.ip_version != 4; };
  uint8_t second[kMaxBurst];
  uint32_t seconds = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (burst.brief[i].ip_version == 0) continue;
    sought[i].likely = likely_flow(buckets_[sought[i].at.first], sought[i].at.tag, needs_cold(burst.brief[i]));
    if (sought[i].likely != kNone) continue;
    __builtin_prefetch(&buckets_[sought[i].at.second]);
    second[seconds++] = static_cast<uint8_t>(i);
  }
  for (uint32_t n = 0; n < seconds; ++n) {
    Sought& late = sought[second[n]];
    late.likely = likely_flow(buckets_[late.at.second], late.at.tag, needs_cold(burst.brief[second[n]]));
  }
}

inline bool FlowTable::skips(const HotFlow& hot, const Brief& brief) const {
  if (skipping_ == Skipping::kNothing || (hot.quiet & skippable(brief.quiet)) == 0) return false;
  return skipping_ == Skipping::kAll || hot.has(Skip::kNotBegun);
}

inline bool FlowTable::counts_quietly(uint32_t index, const Brief& brief, Nanos now, GenerationId current) {
  HotFlow& hot = hot_[index];
  const bool quiet = (hot.quiet & brief.quiet) != 0;
  if ((!quiet && !skips(hot, brief)) || hot.generation != current || now > hot.last + timeout(index) ||
      (brief.has_payload() && now > hot.attention)) {
    return false;
  }
  flow(FlowIndex(index)).count(brief.from_low ? 0 : 1, brief.l3_bytes);
  hot.last = std::max(hot.last, now);
  if (!quiet) hot.quiet |= static_cast<uint8_t>(Skip::kSkipped);
  return true;
}

// Counts the quiet packets from `i` on, and says where the first is that is more.
inline uint32_t FlowTable::count_quiet(const Burst& burst, const Sought* sought, GenerationId current, uint32_t i) {
  const uint32_t begin = i, end = burst.count;
  uint32_t skipped = 0;
  for (; i < end; ++i) {
    const Brief& brief = burst.brief[i];
    if (brief.ip_version == 0) {
      ++skipped;
      continue;
    }
    const uint32_t likely = sought[i].likely;
    if (likely == kNone || !is(likely, brief, burst.layers[i])) break;
    if (!counts_quietly(likely, brief, burst.time[i], current)) break;
  }
  counters_.quiet += i - begin - skipped;
  return i;
}

template <class LayersOf, class OnEnd, class OnPacket>
void FlowTable::lookup_burst(const Burst& burst, GenerationId current, LayersOf&& layers_of, OnEnd&& on_end,
                             OnPacket&& on_packet) {
  Sought sought[kMaxBurst];
  prefetch(burst, sought);
  looked_up_ = 0;
  for (uint32_t i = count_quiet(burst, sought, current, 0); i < burst.count;
       i = count_quiet(burst, sought, current, i + 1)) {
    const auto at = static_cast<uint16_t>(i);
    ++looked_up_;
    lookup_one(burst, at, sought[i].at, current, layers_of(at), on_end, on_packet);
  }
}

template <class OnEnd, class OnPacket>
void FlowTable::lookup_one(const Burst& burst, uint16_t i, const Choice& at, GenerationId current, const Layers& layers,
                           OnEnd& on_end, OnPacket& on_packet) {
  const Nanos now = burst.time[i];
  const Brief& brief = burst.brief[i];
  uint32_t index = find(at, brief, layers);
  if (index != kNone && counts_quietly(index, brief, now, current)) {
    ++counters_.quiet;
    return;
  }
  if (index != kNone) index = still_alive(index, layers, now, on_end);
  const bool created = index == kNone;
  if (created) {
    make_room(at, now, on_end);
    index = insert(at, brief, layers.key);
    hot_[index].last = cold_[index].start = now;
    cold_[index].first_ordinal = burst.ordinal[i];
    cold_[index].port = burst.port[i];
  }
  const TcpState before = hot_[index].tcp;
  on_packet(i, flow(FlowIndex(index)), created);
  hot_[index].last = std::max(hot_[index].last, now);
  follow_state(index, before, created);
}

// The flow that the packet belongs to, or kNone when the packet came after its end.
template <class OnEnd>
uint32_t FlowTable::still_alive(uint32_t index, const Layers& packet, Nanos now, OnEnd& on_end) {
  const HotFlow& hot = hot_[index];
  const Nanos end = hot.last + timeout(index);
  const Nanos answer_due = cold_[index].start + unanswered_;
  if (now > answer_due && awaits_answer(index) && answer_due <= end) {
    cold_[index].unanswered_told = true;
    on_end(flow(FlowIndex(index)), FlowDeadline{FlowDeadline::Kind::kUnanswered, answer_due, FlowIndex(index)});
  }
  const bool again = hot.tcp == TcpState::kClosed && (packet.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
  if (now <= end && !again) return index;
  on_end(flow(FlowIndex(index)),
         FlowDeadline{FlowDeadline::Kind::kTimeout, std::min(end, std::max(now, hot.last)), FlowIndex(index)});
  ++counters_.expired;
  erase(index);
  return kNone;
}

template <class OnEnd>
void FlowTable::make_room(const Choice& at, Nanos now, OnEnd& on_end) {
  uint32_t out = victim(at);
  if (out == kNone) {
    if (buckets_[at.first].free_slots() != 0 || buckets_[at.second].free_slots() != 0) return;
    if (move_one(at.first) || move_one(at.second)) return;
    out = buckets_[at.first].flow[0];
  }
  on_end(flow(FlowIndex(out)),
         FlowDeadline{FlowDeadline::Kind::kEvicted, std::max(now, hot_[out].last), FlowIndex(out)});
  ++(hot_[out].tcp == TcpState::kSynSent ? counters_.evicted_half_open : counters_.evicted_other);
  erase(out);
}

template <class OnDeadline>
void FlowTable::advance(Nanos clock, OnDeadline&& on_deadline, size_t budget) {
  const int64_t target = clock.value / kTickNs;
  if (target - tick_ > static_cast<int64_t>(kWheelSlots)) {
    // One turn of the wheel meets every flow; only after it is everything before its position told.
    settled_tick_ = std::max(settled_tick_, target);
    tick_ = target - static_cast<int64_t>(kWheelSlots);
  }
  for (; tick_ < target; ++tick_) {
    if (!sweep_tick(on_deadline, budget)) break;
  }
  if (tick_ >= settled_tick_) swept_to_ = std::max(swept_to_, Nanos(tick_ * kTickNs));
}

// Whether the slot at the wheel's position is done: what is due before the tick's end has been told,
// the rest has moved on.
template <class OnDeadline>
bool FlowTable::sweep_tick(OnDeadline& on_deadline, size_t& budget) {
  const Nanos tick_end((tick_ + 1) * kTickNs);
  uint32_t& head = wheel_[static_cast<size_t>(tick_) % kWheelSlots];
  // Flows of one tick stand anywhere in memory; the next ones come while this one is told, and then their buckets.
  uint32_t ahead = head, nearer = head;
  const auto ask_ahead = [&] {
    if (ahead == kNone) return;
    prefetch_whole(ahead);
    ahead = links_[ahead].next;
  };
  const auto ask_bucket = [&] {
    if (nearer == kNone) return;
    __builtin_prefetch(&buckets_[cold_[nearer].bucket], 1);
    nearer = links_[nearer].next;
  };
  for (size_t i = 0; i < kSweptAhead; ++i) ask_ahead();
  for (size_t i = 0; i < kSweptAhead / 2; ++i) ask_bucket();
  for (; head != kNone; --budget) {
    if (budget == 0) return false;
    const uint32_t index = head;
    ask_ahead();
    ask_bucket();
    unlink(index);
    tell_due(index, tick_end, on_deadline);
  }
  return true;
}

// Every deadline of a flow before `tick_end`, in their order; then it is gone, or waits for the next.
template <class OnDeadline>
void FlowTable::tell_due(uint32_t index, Nanos tick_end, OnDeadline& on_deadline) {
  const auto tell = [&](FlowDeadline::Kind kind, Nanos due) {
    on_deadline(flow(FlowIndex(index)), FlowDeadline{kind, due, FlowIndex(index)});
  };
  Nanos due = next_deadline(index);
  for (; due < tick_end; due = next_deadline(index)) {
    if (awaits_answer(index) && due == cold_[index].start + unanswered_) {
      cold_[index].unanswered_told = true;
      tell(FlowDeadline::Kind::kUnanswered, due);
    } else if (due == next_report(index)) {
      if (ends_interval(index)) tell(FlowDeadline::Kind::kReport, due);
    } else {
      tell(FlowDeadline::Kind::kTimeout, due);
      ++counters_.expired;
      return erase(index);
    }
  }
  schedule(index, due);
}

template <class OnFlow>
void FlowTable::drain(OnFlow&& on_flow) {
  for (Bucket& bucket : buckets_) {
    for (size_t s = 0; s < kBucketSlots; ++s) {
      if (bucket.tag[s] == 0) continue;
      const uint32_t index = bucket.flow[s];
      on_flow(flow(FlowIndex(index)));
      erase(index);
    }
  }
}

}  // namespace glacis
