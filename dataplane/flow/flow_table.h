#pragma once

#include <immintrin.h>

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/base/huge_array.h"
#include "dataplane/base/ids.h"
#include "dataplane/flow/flow.h"
#include "dataplane/flow/flow_hash.h"
#include "dataplane/packet/burst.h"

namespace glacis {

struct FlowTableCounters {
  uint64_t created = 0, expired = 0, evicted_half_open = 0, evicted_other = 0;
  uint64_t quiet = 0;  // packets that were counted without the caller hearing of them
  uint64_t moved = 0;  // flows that went to their other bucket to make room
};

// A flow that has ended or whose answer is overdue, as it stood then; or one that goes on and had packets in
// the interval that is over now, as it stands (kReport: from sweeps alone, so its counters may be a tick ahead).
struct FlowDeadline {
  enum class Kind : uint8_t { kTimeout, kUnanswered, kEvicted, kReport };
  Kind kind = Kind::kTimeout;
  Nanos time;  // last + timeout, never the sweep's time; for kEvicted the packet's
  FlowIndex index;
};

// The flows of one worker. Memory is taken and touched at construction: 64 B hot, 96 B cold and
// 8 B of links for each flow, and buckets of 10 tags with two choices at a load of at most 0.64; two full buckets make
// room by moving one of theirs. Full: a half-open flow of the two buckets goes first, else the one idle
// longest. Half of the table is kept for flows that are more than half-open: beyond it a half-open one
// goes for each that comes. Both are counted and the caller is told. Flow end and start are decided by
// comparing times, so the order of sweeps never shows. Keyed by `seed` (live: random), so that no
// sender can aim at a bucket.
// Thread: its worker. Cannot fail once it is made; throws std::bad_alloc; 0 flows are taken as 1.
class FlowTable {
 public:
  FlowTable(size_t flows, const FlowTimeouts& timeouts, uint64_t seed);

  // Flows for the packets of burst.brief that have one, in order. A packet that is quiet in its flow, which
  // generation `current` resolved, is counted and that is all. For the others: `layers_of(i)` fills in
  // burst.layers[i] if need be (of IPv6 and of segments it must be there from the beginning) and gives it;
  // `on_end(Flow, FlowDeadline)` hears of a flow that had to end because the packet came after its time,
  // because it is a SYN on a closed one, or because room was needed; `on_packet(i, Flow, created)` then gets
  // the packet. A flow that an earlier packet found may be gone when a later one needed its room.
  template <class LayersOf, class OnEnd, class OnPacket>
  void lookup_burst(const Burst& burst, GenerationId current, LayersOf&& layers_of, OnEnd&& on_end,
                    OnPacket&& on_packet);

  // Calls on_deadline(Flow, FlowDeadline) for what is due before `clock`'s tick of 100 ms, each once,
  // in no stated order; a flow told kTimeout is gone after the call. Stops when `budget` flows have
  // been looked at, and goes on there at the next call. A clock that runs back changes nothing.
  template <class OnDeadline>
  void advance(Nanos clock, OnDeadline&& on_deadline, size_t budget = SIZE_MAX);
  // Every flow, as at shutdown; the table is empty afterwards.
  template <class OnFlow>
  void drain(OnFlow&& on_flow);

  // What of a flow that is searched counts alone from here on, and is marked Skip::kSkipped.
  void skip(Skipping skipping) { skipping_ = skipping; }

  // Event time before which every deadline has been told; clock's tick unless the budget was spent.
  [[nodiscard]] Nanos swept_to() const { return swept_to_; }
  [[nodiscard]] Flow flow(FlowIndex i) { return {hot_[i.value], cold_[i.value]}; }
  [[nodiscard]] const FlowTableCounters& counters() const { return counters_; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return limit_; }
  // Of each flow: hot and cold state, its links and its share of the buckets.
  [[nodiscard]] static constexpr size_t bytes_per_flow() {
    return sizeof(HotFlow) + sizeof(ColdFlow) + sizeof(Link) + sizeof(Bucket) * 100 / (kBucketSlots * kLoadPercent);
  }
  [[nodiscard]] size_t bytes() const { return hot_.bytes() + cold_.bytes() + links_.bytes() + buckets_.bytes(); }

 private:
  static constexpr size_t kBucketSlots = 10, kLoadPercent = 64;
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint16_t kOffWheel = UINT16_MAX;
  static constexpr size_t kWheelSlots = 4096;
  static constexpr int64_t kTickNs = 100'000'000;
  static constexpr size_t kSweptAhead = 8;  // flows

  // Slots as bits: slot i is bit 2 * i.
  struct alignas(64) Bucket {
    uint16_t tag[kBucketSlots];  // 0: free
    uint32_t flow[kBucketSlots];

    // Those that have this tag. Half of the line is compared, the tags and what stands behind them.
    [[nodiscard]] uint32_t with(uint16_t wanted) const {
      constexpr uint32_t kSlots = 0x55555;
      const __m256i half = _mm256_load_si256(reinterpret_cast<const __m256i*>(this));
      const __m256i same = _mm256_cmpeq_epi16(half, _mm256_set1_epi16(static_cast<int16_t>(wanted)));
      return static_cast<uint32_t>(_mm256_movemask_epi8(same)) & kSlots;
    }
    [[nodiscard]] static size_t first_of(uint32_t slots) { return static_cast<size_t>(__builtin_ctz(slots)) / 2; }
    [[nodiscard]] int free_slots() const { return __builtin_popcount(with(0)); }
  };
  // A flow's neighbours in its slot of the wheel; apart from the flows, so that a sweep sees further along a slot than
  // memory has brought flows.
  struct Link {
    uint32_t next, previous;
  };
  // Where a hash may stand.
  struct Choice {
    uint32_t first, second;
    uint16_t tag;
  };
  // `likely`: a flow with this tag as the buckets stood before the burst's first packet; kNone: none. Its place may
  // have another flow by the packet's turn: the key is compared then.
  struct Sought {
    Choice at;
    uint32_t likely;
  };

  [[nodiscard]] static constexpr uint64_t buckets_for(uint64_t flows) {
    constexpr uint64_t kFlowsPer100 = kLoadPercent * kBucketSlots;
    return (flows * 100 + kFlowsPer100 - 1) / kFlowsPer100;
  }
  [[nodiscard]] Choice choice(uint64_t hash) const;
  // `whole`: the layers of an IPv6 or segmented packet; of other IPv4 nothing but the brief is looked at.
  [[nodiscard]] bool is(uint32_t index, const Brief& brief, const Layers& whole) const;
  [[nodiscard]] uint32_t find_in(const Bucket& bucket, uint16_t tag, const Brief& brief, const Layers& whole) const;
  [[nodiscard]] uint32_t find(const Choice& at, const Brief& brief, const Layers& whole) const;
  void prefetch_whole(uint32_t index) const;
  [[nodiscard]] uint32_t likely_flow(const Bucket& bucket, uint16_t tag, bool whole) const;
  void prefetch(const Burst& burst, Sought* sought) const;
  [[nodiscard]] bool skips(const HotFlow& hot, const Brief& brief) const;
  [[nodiscard]] bool counts_quietly(uint32_t index, const Brief& brief, Nanos now, GenerationId current);

  [[nodiscard]] uint32_t count_quiet(const Burst& burst, const Sought* sought, GenerationId current, uint32_t i);
  template <class OnEnd, class OnPacket>
  void lookup_one(const Burst& burst, uint16_t i, const Choice& at, GenerationId current, const Layers& layers,
                  OnEnd& on_end, OnPacket& on_packet);
  [[nodiscard]] uint32_t victim(const Choice& at) const;
  [[nodiscard]] uint32_t next_occupied(size_t bucket) const;
  [[nodiscard]] bool move_one(uint32_t bucket);
  void put(uint32_t bucket, uint16_t tag, uint32_t index);
  uint32_t insert(const Choice& at, const Brief& brief, const FlowKey& key);
  void erase(uint32_t index);
  void schedule(uint32_t index, Nanos due);
  void unlink(uint32_t index);
  void follow_state(uint32_t index, TcpState before, bool created);
  [[nodiscard]] Nanos timeout(uint32_t index) const { return timeout_of_[static_cast<size_t>(hot_[index].timeout)]; }
  [[nodiscard]] Nanos next_deadline(uint32_t index) const;
  [[nodiscard]] Nanos next_report(uint32_t index) const;
  // Whether the flow had packets since the report before this one.
  [[nodiscard]] bool ends_interval(uint32_t index);
  [[nodiscard]] bool awaits_answer(uint32_t index) const {
    return !cold_[index].unanswered_told && cold_[index].outcome == FlowOutcome::kAttempted;
  }
  template <class OnDeadline>
  [[nodiscard]] bool sweep_tick(OnDeadline& on_deadline, size_t& budget);
  template <class OnDeadline>
  void tell_due(uint32_t index, Nanos tick_end, OnDeadline& on_deadline);
  template <class OnEnd>
  void make_room(const Choice& at, Nanos now, OnEnd& on_end);
  template <class OnEnd>
  [[nodiscard]] uint32_t still_alive(uint32_t index, const Layers& packet, Nanos now, OnEnd& on_end);

  size_t limit_;
  FlowHash hash_;
  std::array<Nanos, static_cast<size_t>(TimeoutClass::kCount)> timeout_of_;
  Nanos unanswered_, report_;
  uint64_t bucket_count_;
  size_t size_ = 0;
  size_t half_open_ = 0;
  Skipping skipping_ = Skipping::kNothing;
  uint32_t looked_up_ = 0;  // packets of the last burst for which `likely` was not enough
  HugeArray<Bucket> buckets_;
  HugeArray<HotFlow> hot_;
  HugeArray<ColdFlow> cold_;
  HugeArray<Link> links_;
  uint32_t fresh_ = 0;     // flows from here on were never used
  uint32_t free_ = kNone;  // chain through links_[].next
  std::vector<uint32_t> wheel_;
  int64_t tick_ = 0;          // the wheel's position
  int64_t settled_tick_ = 0;  // from here on the wheel's position is what has been told
  Nanos swept_to_;
  FlowTableCounters counters_;
};

}  // namespace glacis

#include "dataplane/flow/flow_table_inline.h"
