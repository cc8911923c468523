#pragma once

// Templates of FlowTable; included by flow_table.h alone.

#include <algorithm>

#include "dataplane/flow/flow_table.h"

namespace glacis {

template <class OnEnd, class OnPacket>
void FlowTable::lookup_burst(Burst& burst, OnEnd&& on_end, OnPacket&& on_packet) {
  // Three passes, so that the misses of a whole burst on buckets, then on flows, overlap.
  uint64_t hashes[kMaxBurst];
  for (uint16_t i = 0; i < burst.count; ++i) {
    if (burst.layers[i].result != DecodeResult::kOk) continue;
    hashes[i] = hash(burst.layers[i].key);
    __builtin_prefetch(&buckets_[hashes[i] & bucket_mask_]);
  }
  for (uint16_t i = 0; i < burst.count; ++i) {
    if (burst.layers[i].result == DecodeResult::kOk) prefetch_flow(hashes[i]);
  }
  for (uint16_t i = 0; i < burst.count; ++i) {
    const Layers& layers = burst.layers[i];
    if (layers.result != DecodeResult::kOk) continue;
    const Nanos now = burst.time[i];
    uint32_t index = find(layers.key, hashes[i]);
    if (index != kNone) index = still_alive(index, layers, now, on_end);
    const bool created = index == kNone;
    if (created) {
      make_room(hashes[i], now, on_end);
      index = insert(layers.key, hashes[i]);
      flows_[index].start = now;
      flows_[index].last = now;
      flows_[index].first_ordinal = burst.ordinal[i];
      flows_[index].port = burst.port[i];
    }
    burst.flow[i] = FlowIndex(index);
    const TcpState before = flows_[index].tcp;
    on_packet(i, flows_[index], created);
    flows_[index].last = std::max(flows_[index].last, now);
    if (created) {
      schedule(index, next_deadline(index));
    } else if (flows_[index].tcp != before) {
      // Its new timeout may be shorter than what it waits for: a closed flow must not be told late.
      unlink(index);
      schedule(index, next_deadline(index));
    }
  }
}

// The flow that the packet belongs to, or kNone when the packet came after its end.
template <class OnEnd>
uint32_t FlowTable::still_alive(uint32_t index, const Layers& packet, Nanos now, OnEnd& on_end) {
  Flow& flow = flows_[index];
  const Nanos end = flow.last + timeout_of(flow);
  const Nanos answer_due = flow.start + timeouts_.unanswered;
  if (now > answer_due && awaits_answer(index) && answer_due <= end) {
    places_[index].unanswered_told = true;
    on_end(flow, FlowDeadline{FlowDeadline::Kind::kUnanswered, answer_due, FlowIndex(index)});
  }
  const bool again = flow.tcp == TcpState::kClosed && (packet.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
  if (now <= end && !again) return index;
  on_end(flow, FlowDeadline{FlowDeadline::Kind::kTimeout, std::min(end, std::max(now, flow.last)), FlowIndex(index)});
  ++counters_.expired;
  erase(index);
  return kNone;
}

template <class OnEnd>
void FlowTable::make_room(uint64_t hash, Nanos now, OnEnd& on_end) {
  const uint32_t out = victim(hash);
  if (out == kNone) return;
  on_end(flows_[out], FlowDeadline{FlowDeadline::Kind::kEvicted, std::max(now, flows_[out].last), FlowIndex(out)});
  ++(flows_[out].tcp == TcpState::kSynSent ? counters_.evicted_half_open : counters_.evicted_other);
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
    unlink(index);
    Nanos due = next_deadline(index);
    if (due < tick_end && awaits_answer(index) && due == flows_[index].start + timeouts_.unanswered) {
      places_[index].unanswered_told = true;
      on_deadline(flows_[index], FlowDeadline{FlowDeadline::Kind::kUnanswered, due, FlowIndex(index)});
      due = next_deadline(index);
    }
    if (due < tick_end) {
      on_deadline(flows_[index], FlowDeadline{FlowDeadline::Kind::kTimeout, due, FlowIndex(index)});
      ++counters_.expired;
      erase(index);
    } else {
      schedule(index, due);
    }
  }
  return true;
}

template <class OnFlow>
void FlowTable::drain(OnFlow&& on_flow) {
  for (Bucket& bucket : buckets_) {
    for (size_t s = 0; s < kBucketSlots; ++s) {
      if (bucket.tag[s] == 0) continue;
      const uint32_t index = bucket.flow[s];
      on_flow(flows_[index]);
      erase(index);
    }
  }
}

}  // namespace glacis
