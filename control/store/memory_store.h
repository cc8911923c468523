#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <tuple>

#include "control/store/alert_store.h"
#include "control/store/model_store.h"

namespace glacis::control {

// Both stores in memory, with a switch for faults: for tests. Thread: any.
class MemoryStore : public AlertStore, public ModelStore {
 public:
  // Every write fails with this until it is cleared.
  void set_fault(std::optional<Error> fault);

  [[nodiscard]] Expected<void> append(std::span<const AlertRow> rows) override;
  [[nodiscard]] Expected<AlertPage> read(uint64_t after, const AlertQuery& query, size_t most,
                                         size_t most_bytes) override;
  [[nodiscard]] uint64_t last_cursor() const override;
  [[nodiscard]] uint64_t stored() const override { return last_cursor(); }
  [[nodiscard]] Expected<StoredState> load() override;
  [[nodiscard]] Expected<uint64_t> commit_push(const PushRecord& push) override;
  [[nodiscard]] Expected<void> save_policy(const StoredPolicy& policy) override;
  [[nodiscard]] Expected<void> save_sensor(const StoredSensor& sensor) override;

 private:
  mutable std::mutex mutex_;  // guards everything below
  std::optional<Error> fault_;
  std::vector<AlertRow> rows_;  // cursor = position + 1
  std::set<std::tuple<std::string, std::string, uint64_t>> known_;
  StoredState state_;
  uint64_t pushes_ = 0;
};

}  // namespace glacis::control
