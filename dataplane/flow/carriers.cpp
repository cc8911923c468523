#include "dataplane/flow/carriers.h"

namespace glacis {

Carriers::Carriers(uint64_t seed) : hash_(seed), entries_(kMost + 1), buckets_(kMost + 1) {
  for (uint16_t i = 1; i < kMost; ++i) entries_[i].next = i + 1;
}

uint16_t& Carriers::bucket_of(const Carrier& carrier) {
  FlowKey key;
  key.low = carrier.source;
  key.high = carrier.destination;
  key.low_port = static_cast<uint16_t>(carrier.kind);
  key.high_port = carrier.tunnels;
  key.ip_version = 6;
  return buckets_[hash_(key) % buckets_.size()];
}

uint16_t Carriers::enter(const Carrier& carrier) {
  uint16_t& bucket = bucket_of(carrier);
  for (uint16_t i = bucket; i != 0; i = entries_[i].next) {
    if (!(entries_[i].carrier == carrier)) continue;
    ++entries_[i].flows;
    return i;
  }
  if (free_ == 0) {
    ++refused_;
    return 0;
  }
  const uint16_t number = free_;
  Entry& entry = entries_[number];
  free_ = entry.next;
  entry = {carrier, 1, bucket};
  bucket = number;
  ++size_;
  return number;
}

void Carriers::leave(uint16_t number) {
  if (number == 0 || --entries_[number].flows != 0) return;
  uint16_t* link = &bucket_of(entries_[number].carrier);
  while (*link != number) link = &entries_[*link].next;
  *link = entries_[number].next;
  entries_[number] = {{}, 0, free_};
  free_ = number;
  --size_;
}

}  // namespace glacis
