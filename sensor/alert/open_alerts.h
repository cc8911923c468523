#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dataplane/alert/event.h"
#include "glacis/v1/alert.pb.h"

namespace glacis::sensor {

// An alert that may get further revisions: as it was told last. Held by its flow, its fold, or both.
using LiveAlert = std::shared_ptr<v1::Alert>;

// The alerts that wait for their flow's outcome or end: of one flow at most one for what the flow itself
// breaks, and any number for the abuse paths that it advanced. At most `capacity`; beyond it the oldest
// is forgotten and gets no further revision (counted).
// Thread: one; forgotten by any.
class OpenAlerts {
 public:
  explicit OpenAlerts(size_t capacity) : capacity_(capacity) {}

  void add(FlowId flow, LiveAlert alert);
  // In the order in which they were opened.
  [[nodiscard]] std::vector<LiveAlert> of(FlowId flow) const;
  void close(FlowId flow);
  [[nodiscard]] uint64_t forgotten() const { return forgotten_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    FlowId flow;
    LiveAlert alert;
  };
  void forget_oldest();

  const size_t capacity_;
  std::map<uint64_t, Entry> by_age_;
  std::unordered_map<uint64_t, std::vector<uint64_t>> ages_;  // by flow id
  uint64_t age_ = 0;
  std::atomic<uint64_t> forgotten_{0};
};

}  // namespace glacis::sensor
