#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/keyed_hash.h"
#include "dataplane/flow/flow.h"
#include "dataplane/packet/burst.h"

namespace glacis {

struct FlowTableCounters {
  uint64_t created = 0, expired = 0, evicted_half_open = 0, evicted_other = 0;
};

// A flow that has ended or whose answer is overdue, as it stood then.
struct FlowDeadline {
  enum class Kind : uint8_t { kTimeout, kUnanswered, kEvicted };
  Kind kind = Kind::kTimeout;
  Nanos time;  // last + timeout, never the sweep's time; for kEvicted the packet's
  FlowIndex index;
};

// The flows of one worker. Memory is taken at construction; buckets of 8 tags with two choices, load
// at most 0.6. Full: a half-open flow of the two buckets goes first, else the one idle longest; both
// are counted and the caller is told. Flow end and start are decided by comparing times, so the
// order of sweeps never shows. Keyed by `seed` (live: random), so that no sender can aim at a bucket.
// Thread: its worker. Cannot fail; 0 flows are taken as 1.
class FlowTable {
 public:
  FlowTable(size_t flows, FlowTimeouts timeouts, uint64_t seed);

  // Flows for burst.layers[i] with result kOk, in order; burst.flow[i] is written. `on_end(Flow&,
  // FlowDeadline)` hears of a flow that had to end because the packet came after its time, because it
  // is a SYN on a closed one, or because room was needed; `on_packet(i, Flow&, created)` then gets the
  // packet. A flow that an earlier packet found may be gone when a later one needed its room.
  template <class OnEnd, class OnPacket>
  void lookup_burst(Burst& burst, OnEnd&& on_end, OnPacket&& on_packet);

  // Calls on_deadline(Flow&, FlowDeadline) for what is due before `clock`'s tick of 100 ms, each once,
  // in no stated order; a flow told kTimeout is gone after the call. Stops when `budget` flows have
  // been looked at, and goes on there at the next call. A clock that runs back changes nothing.
  template <class OnDeadline>
  void advance(Nanos clock, OnDeadline&& on_deadline, size_t budget = SIZE_MAX);
  // Every flow, as at shutdown; the table is empty afterwards.
  template <class OnFlow>
  void drain(OnFlow&& on_flow);

  // Event time before which every deadline has been told; clock's tick unless the budget was spent.
  [[nodiscard]] Nanos swept_to() const { return swept_to_; }
  [[nodiscard]] Flow& flow(FlowIndex i) { return flows_[i.value]; }
  [[nodiscard]] const FlowTableCounters& counters() const { return counters_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return limit_; }
  [[nodiscard]] Nanos timeout_of(const Flow& flow) const;
  [[nodiscard]] uint64_t hash(const FlowKey& key) const;

 private:
  static constexpr size_t kBucketSlots = 8;
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kWheelSlots = 4096;
  static constexpr int64_t kTickNs = 100'000'000;

  struct alignas(64) Bucket {
    uint16_t tag[kBucketSlots] = {};  // 0: free
    uint32_t flow[kBucketSlots] = {};
  };
  struct Place {
    uint32_t bucket = 0;
    uint8_t slot = 0;
    uint32_t next = kNone, previous = kNone;  // in its wheel slot
    uint32_t wheel = kNone;
    bool unanswered_told = false;
  };

  [[nodiscard]] uint32_t find(const FlowKey& key, uint64_t hash) const;
  [[nodiscard]] uint32_t victim(uint64_t hash) const;
  [[nodiscard]] uint32_t next_occupied(size_t bucket) const;
  uint32_t insert(const FlowKey& key, uint64_t hash);
  void erase(uint32_t index);
  void schedule(uint32_t index, Nanos due);
  void unlink(uint32_t index);
  [[nodiscard]] Nanos next_deadline(uint32_t index) const;
  [[nodiscard]] bool awaits_answer(uint32_t index) const;
  [[nodiscard]] size_t other_bucket(size_t bucket, uint16_t tag) const;
  [[nodiscard]] size_t free_slots(size_t bucket) const;
  void prefetch_flow(uint64_t hash) const;
  template <class OnDeadline>
  [[nodiscard]] bool sweep_tick(OnDeadline& on_deadline, size_t& budget);
  template <class OnEnd>
  void make_room(uint64_t hash, Nanos now, OnEnd& on_end);
  template <class OnEnd>
  [[nodiscard]] uint32_t still_alive(uint32_t index, const Layers& packet, Nanos now, OnEnd& on_end);
  static uint16_t tag_of(uint64_t hash) { return static_cast<uint16_t>(hash >> 48 | 1); }

  size_t limit_;
  KeyedHash hash_;
  FlowTimeouts timeouts_;
  size_t bucket_mask_;
  size_t size_ = 0;
  std::vector<Bucket> buckets_;
  std::vector<Flow> flows_;
  std::vector<Place> places_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> wheel_;
  int64_t tick_ = 0;          // the wheel's position
  int64_t settled_tick_ = 0;  // from here on the wheel's position is what has been told
  Nanos swept_to_;
  FlowTableCounters counters_;
};

}  // namespace glacis

#include "dataplane/flow/flow_table_inline.h"
