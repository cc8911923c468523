#include "control/store/memory_store.h"

#include <algorithm>

namespace glacis::control {
namespace {

bool among(const std::vector<std::string>& list, const std::string& word) {
  return list.empty() || std::find(list.begin(), list.end(), word) != list.end();
}

template <class T, class Same>
void replace(std::vector<T>& list, const T& item, Same same) {
  std::erase_if(list, same);
  list.push_back(item);
}

void replace_policy(std::vector<StoredPolicy>& list, const StoredPolicy& policy) {
  replace(list, policy, [&](const StoredPolicy& old) { return old.tap == policy.tap; });
}

}  // namespace

bool AlertQuery::wants(int severity, const std::string& model, const std::string& element,
                       const std::string& sensor) const {
  return severity >= min_severity && among(models, model) && among(elements, element) && among(sensors, sensor);
}

void MemoryStore::set_fault(std::optional<Error> fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

Expected<void> MemoryStore::append(std::span<const AlertRow> rows) {
  const std::lock_guard lock(mutex_);
  if (fault_) return std::unexpected(*fault_);
  for (const AlertRow& row : rows) {
    if (known_.emplace(row.sensor, row.spool, row.sequence).second) rows_.push_back(row);
  }
  return {};
}

Expected<AlertPage> MemoryStore::read(uint64_t after, const AlertQuery& query, size_t most, size_t most_bytes) {
  const std::lock_guard lock(mutex_);
  AlertPage page{{}, after};
  size_t bytes = 0;
  while (page.scanned < rows_.size() && page.alerts.size() < most && bytes < most_bytes) {
    const AlertRow& row = rows_[page.scanned++];
    if (!query.wants(row.severity, row.model, row.element, row.sensor)) continue;
    page.alerts.push_back({page.scanned, row.bytes});
    bytes += row.bytes.size();
  }
  return page;
}

uint64_t MemoryStore::last_cursor() const {
  const std::lock_guard lock(mutex_);
  return rows_.size();
}

Expected<StoredState> MemoryStore::load() {
  const std::lock_guard lock(mutex_);
  return state_;
}

Expected<uint64_t> MemoryStore::commit_push(const PushRecord& push) {
  const std::lock_guard lock(mutex_);
  if (fault_) return std::unexpected(*fault_);
  replace(state_.models, push.model, [&](const StoredModel& old) { return old.id == push.model.id; });
  for (const StoredPolicy& policy : push.policies) replace_policy(state_.policies, policy);
  state_.rule_ids.insert(state_.rule_ids.end(), push.new_rule_ids.begin(), push.new_rule_ids.end());
  return ++pushes_;
}

Expected<void> MemoryStore::save_policy(const StoredPolicy& policy) {
  const std::lock_guard lock(mutex_);
  if (fault_) return std::unexpected(*fault_);
  replace_policy(state_.policies, policy);
  return {};
}

Expected<void> MemoryStore::save_sensor(const StoredSensor& sensor) {
  const std::lock_guard lock(mutex_);
  if (fault_) return std::unexpected(*fault_);
  replace(state_.sensors, sensor, [&](const StoredSensor& old) { return old.name == sensor.name; });
  return {};
}

}  // namespace glacis::control
