#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>

#include "dataplane/alert/event.h"

namespace glacis::sensor {

// How flows came out of late. Live, a step hit waits for its place in the order of hits while outcomes
// and ends go on at once, so what a path alert would wait for may have been there before it. Holds the
// `capacity` newest flows; the alert of one that is forgotten stays as it opened.
// Thread: one.
class OutcomeLog {
 public:
  struct Entry {
    FlowOutcome outcome = FlowOutcome::kAttempted;
    Nanos time;
    bool ended = false;
  };

  explicit OutcomeLog(size_t capacity) : capacity_(capacity) {}

  // kOutcome or kFlowEnd.
  void note(const Event& event) {
    const auto [found, fresh] = entries_.try_emplace(event.flow.id.value);
    found->second = {event.flow.outcome, event.time, event.kind == EventKind::kFlowEnd};
    if (!fresh) return;
    order_.push_back(event.flow.id);
    if (order_.size() <= capacity_) return;
    entries_.erase(order_.front().value);
    order_.pop_front();
  }
  [[nodiscard]] std::optional<Entry> of(FlowId flow) const {
    const auto found = entries_.find(flow.value);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  const size_t capacity_;
  std::unordered_map<uint64_t, Entry> entries_;
  std::deque<FlowId> order_;
};

}  // namespace glacis::sensor
