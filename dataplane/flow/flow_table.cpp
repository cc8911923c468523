#include "dataplane/flow/flow_table.h"

#include <algorithm>
#include <bit>

namespace glacis {
namespace {

constexpr double kLoad = 0.6;

size_t buckets_for(size_t flows, size_t slots) {
  return std::bit_ceil(static_cast<size_t>(static_cast<double>(flows) / kLoad) / slots + 1);
}

}  // namespace

FlowTable::FlowTable(size_t flows, FlowTimeouts timeouts, uint64_t seed)
    : limit_(std::max<size_t>(flows, 1)),
      hash_(seed, seed * 0x9e3779b97f4a7c15u + 1),
      timeouts_(timeouts),
      bucket_mask_(buckets_for(limit_, kBucketSlots) - 1),
      buckets_(bucket_mask_ + 1),
      flows_(limit_),
      places_(limit_),
      wheel_(kWheelSlots, kNone) {
  free_.reserve(limit_);
  for (size_t i = limit_; i > 0; --i) free_.push_back(static_cast<uint32_t>(i - 1));
}

uint64_t FlowTable::hash(const FlowKey& key) const {
  uint8_t bytes[sizeof key];
  std::memcpy(bytes, &key, sizeof key);
  return hash_(bytes);
}

size_t FlowTable::other_bucket(size_t bucket, uint16_t tag) const {
  return (bucket ^ (tag * 0x5bd1e995u)) & bucket_mask_;
}

uint32_t FlowTable::find(const FlowKey& key, uint64_t hash) const {
  const uint16_t tag = tag_of(hash);
  const size_t first = hash & bucket_mask_;
  for (const size_t b : {first, other_bucket(first, tag)}) {
    for (size_t s = 0; s < kBucketSlots; ++s) {
      if (buckets_[b].tag[s] == tag && flows_[buckets_[b].flow[s]].key == key) return buckets_[b].flow[s];
    }
  }
  return kNone;
}

// Who must go before `hash` can come in: none while both the table and one of its buckets have room.
uint32_t FlowTable::victim(uint64_t hash) const {
  const uint16_t tag = tag_of(hash);
  const size_t first = hash & bucket_mask_;
  const size_t second = other_bucket(first, tag);
  // Asked before any flow is looked at: each would be a cache miss.
  if (!free_.empty() && free_slots(first) + free_slots(second) != 0) return kNone;
  uint32_t half_open = kNone, oldest = kNone;
  for (const size_t b : {first, second}) {
    for (size_t s = 0; s < kBucketSlots; ++s) {
      if (buckets_[b].tag[s] == 0) continue;
      const uint32_t index = buckets_[b].flow[s];
      const bool half = flows_[index].tcp == TcpState::kSynSent;
      if (half && (half_open == kNone || flows_[index].last < flows_[half_open].last)) half_open = index;
      if (oldest == kNone || flows_[index].last < flows_[oldest].last) oldest = index;
    }
  }
  if (half_open != kNone) return half_open;
  if (oldest != kNone) return oldest;
  return next_occupied(first);
}

// The table is full but these buckets are empty: the nearest flow goes. At full load nearly every
// bucket is taken, so the walk is short.
uint32_t FlowTable::next_occupied(size_t bucket) const {
  for (size_t step = 1; step <= bucket_mask_; ++step) {
    const Bucket& b = buckets_[(bucket + step) & bucket_mask_];
    for (size_t s = 0; s < kBucketSlots; ++s) {
      if (b.tag[s] != 0) return b.flow[s];
    }
  }
  return kNone;
}

// Into the emptier of its two buckets: so both are full only when the table nearly is.
uint32_t FlowTable::insert(const FlowKey& key, uint64_t hash) {
  const uint16_t tag = tag_of(hash);
  const size_t first = hash & bucket_mask_, second = other_bucket(first, tag);
  const size_t at = free_slots(second) > free_slots(first) ? second : first;
  Bucket& bucket = buckets_[at];
  const auto slot = static_cast<size_t>(std::find(bucket.tag, bucket.tag + kBucketSlots, 0) - bucket.tag);
  const uint32_t index = free_.back();
  free_.pop_back();
  bucket.tag[slot] = tag;
  bucket.flow[slot] = index;
  flows_[index] = Flow{};
  flows_[index].key = key;
  places_[index] = Place{static_cast<uint32_t>(at), static_cast<uint8_t>(slot)};
  ++size_;
  ++counters_.created;
  return index;
}

size_t FlowTable::free_slots(size_t bucket) const {
  return static_cast<size_t>(std::count(buckets_[bucket].tag, buckets_[bucket].tag + kBucketSlots, 0));
}

void FlowTable::prefetch_flow(uint64_t hash) const {
  const uint16_t tag = tag_of(hash);
  const Bucket& bucket = buckets_[hash & bucket_mask_];
  for (size_t s = 0; s < kBucketSlots; ++s) {
    if (bucket.tag[s] != tag) continue;
    const char* flow = reinterpret_cast<const char*>(&flows_[bucket.flow[s]]);
    for (size_t line = 0; line < sizeof(Flow); line += 64) __builtin_prefetch(flow + line);
    return;
  }
  __builtin_prefetch(&buckets_[other_bucket(hash & bucket_mask_, tag)]);
}

void FlowTable::erase(uint32_t index) {
  unlink(index);
  buckets_[places_[index].bucket].tag[places_[index].slot] = 0;
  free_.push_back(index);
  --size_;
}

void FlowTable::schedule(uint32_t index, Nanos due) {
  // A deadline further away than the wheel is long is looked at again when the wheel comes round.
  const int64_t now = tick_;
  const int64_t tick = std::clamp(due.value / kTickNs, now, now + static_cast<int64_t>(kWheelSlots) - 1);
  const size_t slot = static_cast<size_t>(tick) % kWheelSlots;
  Place& place = places_[index];
  place.wheel = static_cast<uint32_t>(slot);
  place.previous = kNone;
  place.next = wheel_[slot];
  if (place.next != kNone) places_[place.next].previous = index;
  wheel_[slot] = index;
}

void FlowTable::unlink(uint32_t index) {
  Place& place = places_[index];
  if (place.wheel == kNone) return;
  if (place.previous != kNone) places_[place.previous].next = place.next;
  if (place.next != kNone) places_[place.next].previous = place.previous;
  if (wheel_[place.wheel] == index) wheel_[place.wheel] = place.next;
  place.next = place.previous = place.wheel = kNone;
}

bool FlowTable::awaits_answer(uint32_t index) const {
  return !places_[index].unanswered_told && flows_[index].outcome == FlowOutcome::kAttempted;
}

Nanos FlowTable::next_deadline(uint32_t index) const {
  const Flow& flow = flows_[index];
  const Nanos end = flow.last + timeout_of(flow);
  return awaits_answer(index) ? std::min(end, flow.start + timeouts_.unanswered) : end;
}

Nanos FlowTable::timeout_of(const Flow& flow) const {
  switch (flow.key.protocol) {
    case kIpProtoTcp:
      if (flow.tcp == TcpState::kClosed) return timeouts_.closed;
      if (flow.tcp == TcpState::kSynSent || flow.tcp == TcpState::kSynAckSeen) return timeouts_.half_open;
      return timeouts_.established;
    case kIpProtoUdp:
      return timeouts_.udp;
    case kIpProtoIcmp:
    case kIpProtoIcmpV6:
      return timeouts_.icmp;
    default:
      return timeouts_.other;
  }
}

}  // namespace glacis
