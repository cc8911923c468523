#pragma once

// Templates of FlowTable; included by flow_table.h alone.

#include <algorithm>

#include "dataplane/flow/flow_table.h"

namespace glacis {

template <class OnEnd, class OnPacket>
void FlowTable::lookup_burst(Burst& burst, OnEnd&& on_end, OnPacket&& on_packet) {
  uint64_t hashes[kMaxBurst];
  for (uint16_t i = 0; i < burst.count; ++i) {
    if (burst.layers[i].result != DecodeResult::kOk) continue;
    hashes[i] = hash(burst.layers[i].key);
    __builtin_prefetch(&buckets_[hashes[i] & bucket_mask_]);
  }
  for (uint16_t i = 0; i < burst.count; ++i) {
    const Layers& layers = burst.layers[i];
    if (layers.result != DecodeResult::kOk) continue;
    uint32_t index = find(layers.key, hashes[i]);
    if (index != kNone) {
      Flow& old = flows_[index];
      const Nanos end = old.last + timeout_of(old);
      const Nanos answer_due = old.start + timeouts_.unanswered;
      if (burst.time[i] > answer_due && awaits_answer(index) && answer_due <= end) {
        places_[index].unanswered_told = true;
        on_end(old, FlowDeadline{FlowDeadline::Kind::kUnanswered, answer_due, FlowIndex(index)});
      }
      const bool again = old.tcp == TcpState::kClosed && (layers.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
      if (burst.time[i] > end || again) {
        on_end(old, FlowDeadline{FlowDeadline::Kind::kTimeout, std::min(end, burst.time[i]), FlowIndex(index)});
        erase(index);
        index = kNone;
      }
    }
    const bool created = index == kNone;
    if (created) {
      if (const uint32_t out = victim(hashes[i]); out != kNone) {
        on_end(flows_[out], FlowDeadline{FlowDeadline::Kind::kEvicted, burst.time[i], FlowIndex(out)});
        ++(flows_[out].tcp == TcpState::kSynSent ? counters_.evicted_half_open : counters_.evicted_other);
        erase(out);
      }
      index = insert(layers.key, hashes[i]);
      flows_[index].start = burst.time[i];
      flows_[index].last = burst.time[i];
      flows_[index].first_ordinal = burst.ordinal[i];
      flows_[index].port = burst.port[i];
    }
    burst.flow[i] = FlowIndex(index);
    on_packet(i, flows_[index], created);
    flows_[index].last = std::max(flows_[index].last, burst.time[i]);
    if (created) schedule(index, next_deadline(index));
  }
}

template <class OnDeadline>
void FlowTable::advance(Nanos clock, OnDeadline&& on_deadline) {
  const int64_t target = clock.value / kTickNs;
  int64_t tick = swept_to_.value / kTickNs;
  if (target - tick > static_cast<int64_t>(kWheelSlots)) tick = target - static_cast<int64_t>(kWheelSlots);
  for (; tick < target; ++tick) {
    swept_to_ = Nanos(tick * kTickNs);  // schedule() counts from here
    uint32_t index = wheel_[static_cast<size_t>(tick) % kWheelSlots];
    while (index != kNone) {
      const uint32_t next = places_[index].next;
      Nanos due = next_deadline(index);
      unlink(index);
      // Deadlines strictly before the end of this tick are due; others move on.
      if (due.value <= tick * kTickNs + kTickNs - 1 && awaits_answer(index) &&
          due == flows_[index].start + timeouts_.unanswered) {
        places_[index].unanswered_told = true;
        on_deadline(flows_[index], FlowDeadline{FlowDeadline::Kind::kUnanswered, due, FlowIndex(index)});
        due = next_deadline(index);
      }
      if (due.value <= tick * kTickNs + kTickNs - 1) {
        on_deadline(flows_[index], FlowDeadline{FlowDeadline::Kind::kTimeout, due, FlowIndex(index)});
        ++counters_.expired;
        erase(index);
      } else {
        schedule(index, due);
      }
      index = next;
    }
  }
  swept_to_ = std::max(swept_to_, Nanos(target * kTickNs));
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
