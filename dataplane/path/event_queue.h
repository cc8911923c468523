#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "dataplane/alert/event.h"

namespace glacis {

// Events by (time, ordinal, flow, kind, rule, step), where the flow only parts events of workers that a
// live sensor gave the same time and ordinal: a heap of keys over slots, so that an event is
// copied in once and out once. Capacity is reserved at construction; push beyond it grows, which
// the owner prevents or allows. Thread: one.
class EventQueue {
 public:
  explicit EventQueue(size_t capacity);

  void push(const Event& event);
  // Requires !empty().
  [[nodiscard]] const Event& earliest() const { return slots_[heap_.front().slot]; }
  void pop();

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] size_t size() const { return heap_.size(); }
  [[nodiscard]] bool full() const { return heap_.size() >= capacity_; }
  // Whether an event of a generation before `oldest` waits. Walks the queue.
  [[nodiscard]] bool holds_before(GenerationId oldest) const;

 private:
  struct Key {
    Nanos time;
    Ordinal ordinal;
    uint64_t rank;  // kind, rule or path, step
    FlowId flow;
    uint32_t slot;
    // Turned round: the standard heap keeps its greatest element in front.
    friend bool operator<(const Key& a, const Key& b) {
      return std::tie(b.time, b.ordinal, b.flow, b.rank) < std::tie(a.time, a.ordinal, a.flow, a.rank);
    }
  };

  const size_t capacity_;
  std::vector<Event> slots_;
  std::vector<uint32_t> free_;
  std::vector<Key> heap_;
};

}  // namespace glacis
