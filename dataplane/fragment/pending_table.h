#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/base/anomaly.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/base/keyed_hash.h"
#include "dataplane/fragment/fragment.h"
#include "dataplane/fragment/fragment_policy.h"
#include "dataplane/fragment/log_arena.h"

namespace glacis {

// Whose fragments belong together (RFC 791, 3.2; RFC 8200, 4.5: of IPv6 the protocol does not count and is 0).
struct DatagramKey {
  IpAddress source, destination;
  uint32_t id = 0, segment = 0;
  uint16_t vlan_outer = 0, vlan_inner = 0;
  uint8_t protocol = 0, ip_version = 0;
  uint16_t zero = 0;  // hashed with the rest
  friend bool operator==(const DatagramKey&, const DatagramKey&) = default;
};
static_assert(sizeof(DatagramKey) == 48);

// What limits a datagram's life; each has a queue in the order of their starts.
enum class Life : uint8_t { kV4, kV6, kLate, kCount };

// A datagram that is not whole yet.
struct Pending {
  struct Links {
    uint32_t previous, next;
  };
  DatagramKey key;
  uint64_t hash = 0;
  Nanos start, deadline;
  FragmentOrigin origin;  // this and the next: its first fragment's
  uint8_t protocol = 0;
  uint32_t chain = 0;  // the next of its bucket, or of the free ones
  uint32_t source = 0;
  Links by_age{}, by_source{};
  ByteLog log;
  AnomalySet told;
  uint32_t bytes = 0;      // of the log
  uint32_t fragments = 0;  // with a record
  uint32_t units = 0;      // of 8 bytes that are covered in full
  uint32_t reach = 0;      // the highest byte that is covered, + 1
  uint32_t end = 0;        // of the datagram, 0: not known yet
  uint32_t other_end = 0;  // another that was told, 0: none
  Life life = Life::kV4;
  FragmentPolicy policy = FragmentPolicy::kFirst;
  uint8_t least_hops = 0, most_hops = 0;
  bool overlaps = false;         // some bytes came twice
  bool conflicts = false;        // fragments contradict its end
  bool target_discards = false;  // under kDiscard
};

// The pending datagrams of one worker: found by key, told by age, counted by source. All memory is taken at
// construction; every call takes constant time but for the walk of a bucket, whose length no sender can aim at (keyed
// hash, at most half as many datagrams as buckets). Full: create() may not be called.
// Thread: its worker.
class PendingTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  PendingTable(uint32_t datagrams, uint64_t seed);

  [[nodiscard]] uint64_t hash(const DatagramKey& key) const { return hash_(key); }
  [[nodiscard]] uint32_t find(const DatagramKey& key, uint64_t hash) const;
  [[nodiscard]] bool full() const { return size_ == pending_.size(); }
  [[nodiscard]] uint32_t size() const { return size_; }
  [[nodiscard]] uint32_t capacity() const { return static_cast<uint32_t>(pending_.size()); }
  [[nodiscard]] size_t bytes() const;
  uint32_t create(const DatagramKey& key, uint64_t hash, Life life, Nanos start, Nanos deadline);
  // Its source holds the chunks of its log no longer; whoever calls gives them back afterwards.
  void remove(uint32_t index);
  // It lives as others do from now on.
  void renew(uint32_t index, Life life, Nanos deadline);

  [[nodiscard]] Pending& operator[](uint32_t index) { return pending_[index]; }
  [[nodiscard]] const Pending& operator[](uint32_t index) const { return pending_[index]; }
  // What one source holds; a source is an address on a network (VLAN ids and segment).
  struct Holding {
    uint32_t datagrams = 0, chunks = 0;
    uint32_t oldest = kNone;
  };
  [[nodiscard]] Holding holding_of(const DatagramKey& key) const;
  void add_chunks(uint32_t index, uint32_t chunks) { sources_[pending_[index].source].holding.chunks += chunks; }
  // The next younger one of its source.
  [[nodiscard]] uint32_t next_of_source(uint32_t index) const { return pending_[index].by_source.next; }
  // Who goes first when all is full: late ones, then the oldest, but never `kept`.
  [[nodiscard]] uint32_t oldest_but(uint32_t kept) const;
  // One whose time is over, kNone: none.
  [[nodiscard]] uint32_t due(Nanos clock) const;

 private:
  struct Source {
    DatagramKey key;  // but for the destination, id and protocol
    uint64_t hash = 0;
    uint32_t chain = 0, youngest = kNone;
    Holding holding;
  };
  struct Queue {
    uint32_t oldest = kNone, youngest = kNone;
  };

  [[nodiscard]] static DatagramKey source_key(const DatagramKey& key);
  [[nodiscard]] uint32_t find_source(const DatagramKey& key, uint64_t hash) const;
  [[nodiscard]] uint32_t source_for(const DatagramKey& key);
  void leave_source(uint32_t index);
  void join_queue(uint32_t index, Life life);
  void leave_queue(uint32_t index);
  [[nodiscard]] Queue& queue(Life life) { return queues_[static_cast<size_t>(life)]; }

  KeyedHash hash_;
  uint64_t mask_;
  uint32_t size_ = 0;
  std::vector<Pending> pending_;
  std::vector<Source> sources_;  // as many: each has at least one datagram
  std::vector<uint32_t> buckets_, source_buckets_;
  uint32_t free_ = kNone, free_source_ = kNone;
  std::array<Queue, static_cast<size_t>(Life::kCount)> queues_;
};

}  // namespace glacis
