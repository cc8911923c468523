#include "dataplane/path/told_log.h"

namespace glacis {

uint32_t ToldLog::note(const Telling& telling, Nanos now) {
  const auto found = entries_.find(telling);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    const bool open = window_.value == 0 || now - entry.opened <= window_;
    if (open) return entry.count++;
    by_age_.erase(entry.sequence);
    entries_.erase(found);
  }
  while (!by_age_.empty() && entries_.size() >= capacity_) forget_oldest();
  entries_[telling] = {now, ++sequence_, 1};
  by_age_[sequence_] = telling;
  return 0;
}

void ToldLog::forget_oldest() {
  ++forgotten_;
  entries_.erase(by_age_.begin()->second);
  by_age_.erase(by_age_.begin());
}

}  // namespace glacis
