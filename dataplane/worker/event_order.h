#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "dataplane/alert/event.h"

namespace glacis {

// Whether `a` stands before `b`: packet time, ordinal, what happened first within one packet, then rule
// and step. The same for any number of workers.
[[nodiscard]] bool stands_before(const Event& a, const Event& b);

// Events of all workers, handed out in that order once none that stands earlier can come. Grows with
// the events between the slowest worker's watermark and the fastest. Thread: the drain.
class EventOrder {
 public:
  void add(const Event& event) { heap_.push(event); }
  // Hands out what is earlier than `watermark`.
  template <class Sink>
  void release(Nanos watermark, Sink&& sink) {
    while (!heap_.empty() && heap_.top().time < watermark) {
      sink(heap_.top());
      heap_.pop();
    }
  }
  [[nodiscard]] size_t size() const { return heap_.size(); }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return stands_before(b, a); }
  };
  std::priority_queue<Event, std::vector<Event>, Later> heap_;
};

}  // namespace glacis
