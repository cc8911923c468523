#include "dataplane/path/event_queue.h"

#include <algorithm>

namespace glacis {
namespace {

uint64_t rank_of(const Event& event) {
  const uint64_t kind = static_cast<uint64_t>(event.kind) << 48;
  if (event.kind == EventKind::kStepHit) return kind | uint64_t{event.path.value} << 16 | event.step.value;
  return kind | (event.rule_count > 0 ? event.rules[0].value : 0);
}

}  // namespace

EventQueue::EventQueue(size_t capacity) : capacity_(std::max<size_t>(capacity, 1)) {
  slots_.reserve(capacity_);
  free_.reserve(capacity_);
  heap_.reserve(capacity_);
}

void EventQueue::push(const Event& event) {
  auto slot = static_cast<uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.push_back(event);
  } else {
    slot = free_.back();
    free_.pop_back();
    slots_[slot] = event;
  }
  heap_.push_back({event.time, event.ordinal, rank_of(event), event.flow.id, slot});
  std::push_heap(heap_.begin(), heap_.end());
}

void EventQueue::pop() {
  std::pop_heap(heap_.begin(), heap_.end());
  free_.push_back(heap_.back().slot);
  heap_.pop_back();
}

bool EventQueue::holds_before(GenerationId oldest) const {
  return std::ranges::any_of(heap_, [&](const Key& key) { return slots_[key.slot].generation < oldest; });
}

}  // namespace glacis
