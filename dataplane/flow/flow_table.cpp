#include "dataplane/flow/flow_table.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace glacis {
namespace {

TimeoutClass timeout_class(uint8_t protocol, TcpState state) {
  switch (protocol) {
    case kIpProtoTcp:
      if (state == TcpState::kClosed) return TimeoutClass::kClosed;
      if (state == TcpState::kSynSent || state == TcpState::kSynAckSeen) return TimeoutClass::kHalfOpen;
      return TimeoutClass::kEstablished;
    case kIpProtoUdp:
      return TimeoutClass::kUdp;
    case kIpProtoIcmp:
    case kIpProtoIcmpV6:
      return TimeoutClass::kIcmp;
    default:
      return TimeoutClass::kOther;
  }
}

}  // namespace

FlowTable::FlowTable(size_t flows, const FlowTimeouts& timeouts, uint64_t seed)
    : limit_(std::max<size_t>(flows, 1)),
      hash_(seed),
      timeout_of_{timeouts.half_open, timeouts.established, timeouts.closed,
                  timeouts.udp,       timeouts.icmp,        timeouts.other},
      unanswered_(timeouts.unanswered),
      report_(timeouts.report),
      bucket_count_(buckets_for(limit_)),
      buckets_(bucket_count_),
      hot_(limit_),
      cold_(limit_),
      links_(limit_),
      wheel_(kWheelSlots, kNone) {}

// Who must go before a flow can come in: none while both the table and one of its buckets have room.
uint32_t FlowTable::victim(const Choice& at) const {
  const bool full = size_ == limit_;
  const bool crowded = half_open_ * 2 > limit_;
  // Asked before any flow is looked at: each would be a cache miss.
  if (!full && !crowded) return kNone;
  uint32_t half_open = kNone, oldest = kNone;
  for (const uint32_t b : {at.first, at.second}) {
    for (size_t s = 0; s < kBucketSlots; ++s) {
      if (buckets_[b].tag[s] == 0) continue;
      const uint32_t index = buckets_[b].flow[s];
      const HotFlow& flow = hot_[index];
      const bool half = flow.tcp == TcpState::kSynSent;
      if (half && (half_open == kNone || flow.last < hot_[half_open].last)) half_open = index;
      if (oldest == kNone || flow.last < hot_[oldest].last) oldest = index;
    }
  }
  if (half_open != kNone || !full) return half_open;
  if (oldest != kNone) return oldest;
  return next_occupied(at.first);
}

// The table is full but these buckets are empty: the nearest flow goes. At full load nearly every
// bucket is taken, so the walk is short.
uint32_t FlowTable::next_occupied(size_t bucket) const {
  for (uint64_t step = 1; step < bucket_count_; ++step) {
    const Bucket& b = buckets_[(bucket + step) % bucket_count_];
    for (size_t s = 0; s < kBucketSlots; ++s) {
      if (b.tag[s] != 0) return b.flow[s];
    }
  }
  return kNone;
}

// Moves one flow of a full bucket to its other one. Whether that worked.
bool FlowTable::move_one(uint32_t bucket) {
  Bucket& from = buckets_[bucket];
  for (size_t s = 0; s < kBucketSlots; ++s) {
    const uint32_t index = from.flow[s];
    const Choice at = choice(hash_(flow(FlowIndex(index)).key()));
    const uint32_t other = at.first == bucket ? at.second : at.first;
    if (other == bucket || buckets_[other].free_slots() == 0) continue;
    from.tag[s] = 0;
    put(other, at.tag, index);
    ++counters_.moved;
    return true;
  }
  return false;
}

void FlowTable::put(uint32_t bucket, uint16_t tag, uint32_t index) {
  Bucket& to = buckets_[bucket];
  const auto slot = static_cast<uint8_t>(Bucket::first_of(to.with(0)));
  to.tag[slot] = tag;
  to.flow[slot] = index;
  cold_[index].bucket = bucket;
  cold_[index].slot = slot;
}

// Into the first bucket while it has two free slots, else into the emptier: so most flows are found at
// the first look, and both are full only when the table nearly is.
uint32_t FlowTable::insert(const Choice& at, const Brief& brief, const FlowKey& key) {
  const int in_first = buckets_[at.first].free_slots(), in_second = buckets_[at.second].free_slots();
  const uint32_t bucket = in_first >= 2 || in_first >= in_second ? at.first : at.second;
  uint32_t index = free_;
  if (index != kNone) {
    free_ = links_[index].next;
  } else {
    index = fresh_++;
  }
  hot_[index] = HotFlow{};
  hot_[index].key = brief.key;
  hot_[index].ip_version = brief.ip_version;
  ColdFlow& cold = cold_[index];
  cold = ColdFlow{};
  std::memcpy(cold.low_head.data(), key.low.bytes.data(), cold.low_head.size());
  std::memcpy(cold.high_head.data(), key.high.bytes.data(), cold.high_head.size());
  cold.segment = key.segment;
  cold.wheel = kOffWheel;
  put(bucket, at.tag, index);
  ++size_;
  ++counters_.created;
  return index;
}

void FlowTable::erase(uint32_t index) {
  unlink(index);
  if (hot_[index].tcp == TcpState::kSynSent) --half_open_;
  ColdFlow& cold = cold_[index];
  buckets_[cold.bucket].tag[cold.slot] = 0;
  hot_[index].quiet = 0;
  links_[index].next = free_;
  free_ = index;
  --size_;
}

void FlowTable::schedule(uint32_t index, Nanos due) {
  // A deadline further away than the wheel is long is looked at again when the wheel comes round.
  const int64_t now = tick_;
  const int64_t tick = std::clamp(due.value / kTickNs, now, now + static_cast<int64_t>(kWheelSlots) - 1);
  const size_t slot = static_cast<size_t>(tick) % kWheelSlots;
  cold_[index].wheel = static_cast<uint16_t>(slot);
  links_[index] = {.next = wheel_[slot], .previous = kNone};
  if (wheel_[slot] != kNone) links_[wheel_[slot]].previous = index;
  wheel_[slot] = index;
}

void FlowTable::unlink(uint32_t index) {
  ColdFlow& cold = cold_[index];
  if (cold.wheel == kOffWheel) return;
  const Link link = links_[index];
  if (link.previous != kNone) links_[link.previous].next = link.next;
  if (link.next != kNone) links_[link.next].previous = link.previous;
  if (wheel_[cold.wheel] == index) wheel_[cold.wheel] = link.next;
  cold.wheel = kOffWheel;
}

// After a packet: its timeout, and the place in the wheel that this asks for.
void FlowTable::follow_state(uint32_t index, TcpState before, bool created) {
  HotFlow& hot = hot_[index];
  if (!created && hot.tcp == before) return;
  if (hot.tcp == TcpState::kSynSent) ++half_open_;
  if (!created && before == TcpState::kSynSent) --half_open_;
  hot.timeout = timeout_class(hot.key.protocol(), hot.tcp);
  // Its new timeout may be shorter than what it waits for: a closed flow must not be told late.
  unlink(index);
  schedule(index, next_deadline(index));
}

Nanos FlowTable::next_deadline(uint32_t index) const {
  const Nanos end = std::min(hot_[index].last + timeout(index), next_report(index));
  return awaits_answer(index) ? std::min(end, cold_[index].start + unanswered_) : end;
}

Nanos FlowTable::next_report(uint32_t index) const {
  const bool never = report_.value == 0 || cold_[index].reports == UINT16_MAX;
  if (never) return Nanos(std::numeric_limits<int64_t>::max());
  return cold_[index].start + Nanos(report_.value * (cold_[index].reports + 1));
}

bool FlowTable::ends_interval(uint32_t index) {
  const Nanos began = next_report(index) + Nanos(-report_.value);
  ++cold_[index].reports;
  return hot_[index].last > began;
}

}  // namespace glacis
