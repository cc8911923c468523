#include "dataplane/fragment/pending_table.h"

#include <bit>

namespace glacis {

PendingTable::PendingTable(uint32_t datagrams, uint64_t seed)
    : hash_(seed),
      mask_(std::bit_ceil(uint64_t{datagrams} * 2) - 1),
      pending_(datagrams),
      sources_(datagrams),
      buckets_(mask_ + 1, kNone),
      source_buckets_(mask_ + 1, kNone) {
  for (uint32_t i = datagrams; i-- > 0;) {
    pending_[i].chain = free_;
    sources_[i].chain = free_source_;
    free_ = free_source_ = i;
  }
}

size_t PendingTable::bytes() const {
  return pending_.size() * (sizeof(Pending) + sizeof(Source)) + buckets_.size() * 2 * sizeof(uint32_t);
}

uint32_t PendingTable::find(const DatagramKey& key, uint64_t hash) const {
  uint32_t i = buckets_[hash & mask_];
  while (i != kNone && (pending_[i].hash != hash || pending_[i].key != key)) i = pending_[i].chain;
  return i;
}

uint32_t PendingTable::create(const DatagramKey& key, uint64_t hash, Life life, Nanos start, Nanos deadline) {
  const uint32_t index = free_;
  Pending& p = pending_[index];
  free_ = p.chain;
  p = Pending{};
  p.key = key;
  p.hash = hash;
  p.start = start;
  p.deadline = deadline;
  p.chain = buckets_[hash & mask_];
  buckets_[hash & mask_] = index;
  p.source = source_for(source_key(key));
  Source& source = sources_[p.source];
  p.by_source = {source.youngest, kNone};
  (source.youngest == kNone ? source.holding.oldest : pending_[source.youngest].by_source.next) = index;
  source.youngest = index;
  ++source.holding.datagrams;
  join_queue(index, life);
  ++size_;
  return index;
}

void PendingTable::remove(uint32_t index) {
  Pending& p = pending_[index];
  uint32_t* at = &buckets_[p.hash & mask_];
  while (*at != index) at = &pending_[*at].chain;
  *at = p.chain;
  leave_queue(index);
  leave_source(index);
  p.chain = free_;
  free_ = index;
  --size_;
}

void PendingTable::renew(uint32_t index, Life life, Nanos deadline) {
  leave_queue(index);
  pending_[index].deadline = deadline;
  join_queue(index, life);
}

DatagramKey PendingTable::source_key(const DatagramKey& key) {
  DatagramKey out = key;
  out.destination = {};
  out.id = 0;
  out.protocol = 0;
  return out;
}

uint32_t PendingTable::find_source(const DatagramKey& key, uint64_t hash) const {
  uint32_t i = source_buckets_[hash & mask_];
  while (i != kNone && (sources_[i].hash != hash || sources_[i].key != key)) i = sources_[i].chain;
  return i;
}

PendingTable::Holding PendingTable::holding_of(const DatagramKey& key) const {
  const DatagramKey source = source_key(key);
  const uint32_t i = find_source(source, hash_(source));
  return i == kNone ? Holding{} : sources_[i].holding;
}

uint32_t PendingTable::source_for(const DatagramKey& key) {
  const uint64_t hash = hash_(key);
  const uint32_t known = find_source(key, hash);
  if (known != kNone) return known;
  const uint32_t index = free_source_;
  Source& source = sources_[index];
  free_source_ = source.chain;
  source = Source{.key = key, .hash = hash, .chain = source_buckets_[hash & mask_], .holding = {}};
  source_buckets_[hash & mask_] = index;
  return index;
}

void PendingTable::leave_source(uint32_t index) {
  const Pending& p = pending_[index];
  Source& source = sources_[p.source];
  const auto [previous, next] = p.by_source;
  (previous == kNone ? source.holding.oldest : pending_[previous].by_source.next) = next;
  (next == kNone ? source.youngest : pending_[next].by_source.previous) = previous;
  source.holding.chunks -= p.log.chunks;
  if (--source.holding.datagrams != 0) return;
  uint32_t* at = &source_buckets_[source.hash & mask_];
  while (*at != p.source) at = &sources_[*at].chain;
  *at = source.chain;
  source.chain = free_source_;
  free_source_ = p.source;
}

void PendingTable::join_queue(uint32_t index, Life life) {
  Queue& q = queue(life);
  Pending& p = pending_[index];
  p.life = life;
  p.by_age = {q.youngest, kNone};
  (q.youngest == kNone ? q.oldest : pending_[q.youngest].by_age.next) = index;
  q.youngest = index;
}

void PendingTable::leave_queue(uint32_t index) {
  const Pending& p = pending_[index];
  Queue& q = queue(p.life);
  const auto [previous, next] = p.by_age;
  (previous == kNone ? q.oldest : pending_[previous].by_age.next) = next;
  (next == kNone ? q.youngest : pending_[next].by_age.previous) = previous;
}

uint32_t PendingTable::oldest_but(uint32_t kept) const {
  const auto head = [&](Life life) {
    const uint32_t i = queues_[static_cast<size_t>(life)].oldest;
    return i != kNone && i == kept ? pending_[i].by_age.next : i;
  };
  if (const uint32_t late = head(Life::kLate); late != kNone) return late;
  const uint32_t v4 = head(Life::kV4), v6 = head(Life::kV6);
  if (v4 == kNone || v6 == kNone) return v4 == kNone ? v6 : v4;
  return pending_[v4].start <= pending_[v6].start ? v4 : v6;
}

uint32_t PendingTable::due(Nanos clock) const {
  for (const Queue& q : queues_) {
    if (q.oldest != kNone && pending_[q.oldest].deadline <= clock) return q.oldest;
  }
  return kNone;
}

}  // namespace glacis
