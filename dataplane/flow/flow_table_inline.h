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
          static_cast<uint16_t>((hash * 0x9e3779b97f4a7c15u) >> 48 | 1)};
}

inline bool FlowTable::is(uint32_t index, const ShortKey& key, const FlowKey& whole) const {
  const HotFlow& hot = hot_[index];
  if (!(hot.key == key) || hot.ip_version != whole.ip_version) return false;
  if (hot.ip_version == 4) return true;
  const ColdFlow& cold = cold_[index];
  return std::memcmp(cold.low_head.data(), whole.low.bytes.data(), cold.low_head.size()) == 0 &&
         std::memcmp(cold.high_head.data(), whole.high.bytes.data(), cold.high_head.size()) == 0;
}

inline uint32_t FlowTable::find_in(const Bucket& bucket, uint16_t tag, const ShortKey& key,
                                   const FlowKey& whole) const {
  for (uint32_t slots = bucket.with(tag); slots != 0; slots &= slots - 1) {
    const uint32_t index = bucket.flow[__builtin_ctz(slots)];
    if (is(index, key, whole)) return index;
  }
  return kNone;
}

inline uint32_t FlowTable::find(const Sought& sought, const FlowKey& whole) const {
  const uint32_t index = find_in(buckets_[sought.at.first], sought.at.tag, sought.key, whole);
  return index != kNone ? index : find_in(buckets_[sought.at.second], sought.at.tag, sought.key, whole);
}

inline void FlowTable::prefetch_whole(uint32_t index) const {
  const auto* const cold = reinterpret_cast<const char*>(&cold_[index]);
  __builtin_prefetch(&hot_[index], 1);
  __builtin_prefetch(cold, 1);
  __builtin_prefetch(cold + 64, 1);
}

// Whether some flow of the bucket may be it.
inline bool FlowTable::prefetch_flow(const Bucket& bucket, uint16_t tag, bool whole) const {
  const uint32_t slots = bucket.with(tag);
  if (slots == 0) return false;
  const uint32_t index = bucket.flow[__builtin_ctz(slots)];
  if (whole) {
    prefetch_whole(index);
  } else {
    __builtin_prefetch(&hot_[index], 1);
  }
  return true;
}

// In passes, so that the misses of a whole burst on buckets, then on flows, overlap.
inline void FlowTable::prefetch(const Burst& burst, Sought* sought) const {
  for (uint16_t i = 0; i < burst.count; ++i) {
    if (burst.layers[i].result != DecodeResult::kOk) continue;
    sought[i].key = ShortKey(burst.layers[i].key);
    sought[i].at = choice(hash_(sought[i].key, burst.layers[i].key));
    __builtin_prefetch(&buckets_[sought[i].at.first]);
  }
  uint16_t second[kMaxBurst];
  uint16_t seconds = 0;
  const auto needs_cold = [&burst](uint16_t i) {
    return !burst.layers[i].plain || burst.layers[i].key.ip_version == 6;
  };
  for (uint16_t i = 0; i < burst.count; ++i) {
    if (burst.layers[i].result != DecodeResult::kOk) continue;
    if (prefetch_flow(buckets_[sought[i].at.first], sought[i].at.tag, needs_cold(i))) continue;
    __builtin_prefetch(&buckets_[sought[i].at.second]);
    second[seconds++] = i;
  }
  for (uint16_t n = 0; n < seconds; ++n) {
    const uint16_t i = second[n];
    (void)prefetch_flow(buckets_[sought[i].at.second], sought[i].at.tag, needs_cold(i));
  }
}

inline bool FlowTable::counts_quietly(uint32_t index, const Layers& packet, Nanos now, GenerationId current) {
  HotFlow& hot = hot_[index];
  const bool payload = packet.payload_bytes != 0;
  if ((hot.quiet & quiet_bit(payload, packet.from_low)) == 0 || hot.generation != current || !packet.plain ||
      now > hot.last + timeout(index) || (payload && now > hot.attention)) {
    return false;
  }
  flow(FlowIndex(index)).count(packet.from_low ? 0 : 1, packet.l3_bytes);
  hot.last = std::max(hot.last, now);
  return true;
}

template <class OnEnd, class OnPacket>
void FlowTable::lookup_burst(const Burst& burst, GenerationId current, OnEnd&& on_end, OnPacket&& on_packet) {
  Sought sought[kMaxBurst];
  prefetch(burst, sought);
  uint64_t quiet = 0;
  for (uint16_t i = 0; i < burst.count; ++i) {
    const Layers& layers = burst.layers[i];
    if (layers.result != DecodeResult::kOk) continue;
    const Nanos now = burst.time[i];
    uint32_t index = find(sought[i], layers.key);
    if (index != kNone && counts_quietly(index, layers, now, current)) {
      ++quiet;
      continue;
    }
    if (index != kNone) index = still_alive(index, layers, now, on_end);
    const bool created = index == kNone;
    if (created) {
      make_room(sought[i].at, now, on_end);
      index = insert(sought[i], layers.key);
      hot_[index].last = cold_[index].start = now;
      cold_[index].first_ordinal = burst.ordinal[i];
      cold_[index].port = burst.port[i];
    }
    const TcpState before = hot_[index].tcp;
    on_packet(i, flow(FlowIndex(index)), created);
    hot_[index].last = std::max(hot_[index].last, now);
    follow_state(index, before, created);
  }
  counters_.quiet += quiet;
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
  for (; head != kNone; --budget) {
    if (budget == 0) return false;
    const uint32_t index = head;
    // Flows of one tick stand anywhere in memory; the next comes while this one is told.
    if (const uint32_t next = cold_[index].next; next != kNone) prefetch_whole(next);
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
