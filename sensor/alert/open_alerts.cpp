#include "sensor/alert/open_alerts.h"

#include <utility>

namespace glacis::sensor {

void OpenAlerts::add(FlowId flow, LiveAlert alert) {
  while (by_age_.size() >= capacity_) forget_oldest();
  by_age_.emplace(++age_, Entry{flow, std::move(alert)});
  ages_[flow.value].push_back(age_);
}

std::vector<LiveAlert> OpenAlerts::of(FlowId flow) const {
  std::vector<LiveAlert> out;
  const auto found = ages_.find(flow.value);
  if (found == ages_.end()) return out;
  for (const uint64_t age : found->second) out.push_back(by_age_.at(age).alert);
  return out;
}

void OpenAlerts::close(FlowId flow) {
  const auto found = ages_.find(flow.value);
  if (found == ages_.end()) return;
  for (const uint64_t age : found->second) by_age_.erase(age);
  ages_.erase(found);
}

void OpenAlerts::forget_oldest() {
  const auto oldest = by_age_.begin();
  const auto ages = ages_.find(oldest->second.flow.value);
  std::erase(ages->second, oldest->first);
  if (ages->second.empty()) ages_.erase(ages);
  by_age_.erase(oldest);
  forgotten_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace glacis::sensor
