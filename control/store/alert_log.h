#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "control/store/alert_store.h"
#include "control/store/bell.h"
#include "control/store/task_thread.h"

namespace glacis::control {

// The alert store without waiting: whatever came while the last commit ran is committed together.
// Thread: any. `done` is called on the store's threads and must not block.
class AlertLog {
 public:
  using Appended = std::function<void(const Expected<void>&)>;
  using Read = std::function<void(const Expected<AlertPage>&)>;

  // All three outlive it; stop the threads first.
  AlertLog(AlertStore& store, TaskThread& writer, TaskThread& reader)
      : store_(store), writer_(writer), reader_(reader) {}

  // Exactly one call of `done`, after the rows are on the disk.
  void append(std::vector<AlertRow> rows, Appended done);
  void read(uint64_t after, AlertQuery query, Read done);

  [[nodiscard]] uint64_t last_cursor() const { return store_.last_cursor(); }
  [[nodiscard]] uint64_t stored() const { return store_.stored(); }
  // Rings after each commit.
  [[nodiscard]] Bell& bell() { return bell_; }

 private:
  struct Batch {
    std::vector<AlertRow> rows;
    Appended done;
  };
  void commit_waiting();
  void commit_one_by_one(std::vector<Batch>& batches);

  AlertStore& store_;
  TaskThread& writer_;
  TaskThread& reader_;
  Bell bell_;
  std::mutex mutex_;
  std::vector<Batch> waiting_;  // under mutex_; bounded by one batch for each delivering stream
};

}  // namespace glacis::control
