#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "sensor/alert/open_alerts.h"

namespace glacis::sensor {

// Repeats of one happening as counts of the alert that it opened: told at most once a minute of event
// time, and what is left when the fold ends. A fold ends a minute behind its `until` (the minute is for
// events that come late), at finish(), or when a newer one takes its place. At most `capacity` at a time;
// beyond it the fold that would end first goes, the oldest of those that end together (counted), and its
// next repeat opens an alert of its own.
// Thread: one; evicted by any.
class AlertFolds {
 public:
  using Sink = std::function<void(const v1::Alert&)>;

  AlertFolds(size_t capacity, Sink sink) : capacity_(capacity), sink_(std::move(sink)) {}

  // Folds one more into `key`'s alert and returns it; null: no fold is open under that key.
  [[nodiscard]] LiveAlert join(const std::string& key, int64_t now_ns);
  // `alert` is about to be told as opened; a fold that is open under `key` ends.
  void open(const std::string& key, LiveAlert alert, int64_t now_ns, int64_t until_ns);
  void finish();
  [[nodiscard]] uint64_t evicted() const { return evicted_.load(std::memory_order_relaxed); }

 private:
  using Turn = std::pair<int64_t, uint64_t>;  // until_ns, then age: who ends next
  struct Fold {
    LiveAlert alert;  // its count: as told
    uint32_t count = 1;
    int64_t last_ns = 0;
    int64_t told_ns = 0;
    Turn turn;
  };
  using Folds = std::map<std::string, Fold>;

  void tell(Fold& fold, int64_t now_ns);
  void tell_rest(Fold& fold);
  void end(Folds::iterator fold);
  void end_outdated(int64_t now_ns);

  const size_t capacity_;
  const Sink sink_;
  Folds folds_;
  std::map<Turn, Folds::iterator> turns_;
  uint64_t age_ = 0;
  std::atomic<uint64_t> evicted_{0};
};

}  // namespace glacis::sensor
