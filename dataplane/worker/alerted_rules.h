#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/base/ids.h"

namespace glacis {

// Which rules the flows of one worker have alerted for, as chains through a fixed pool: most flows have
// none, a few have many. A flow keeps the head of its chain, 0 for none. Full: what is not remembered is
// told all the same and counted, so that it may be told twice but never goes untold.
// Thread: its worker. Memory is taken at construction.
class AlertedRules {
 public:
  explicit AlertedRules(size_t entries) : entries_(entries + 1) {
    for (size_t i = 1; i < entries_.size(); ++i) entries_[i].next = static_cast<uint32_t>(i + 1);
    entries_.back().next = 0;
    free_ = entries_.size() > 1 ? 1 : 0;
  }

  [[nodiscard]] bool contains(uint32_t head, RuleId rule) const {
    for (; head != 0; head = entries_[head].next) {
      if (entries_[head].rule == rule) return true;
    }
    return false;
  }
  [[nodiscard]] static constexpr size_t entry_bytes() { return sizeof(Entry); }
  // False: there was no room to remember it.
  [[nodiscard]] bool add(uint32_t& head, RuleId rule) {
    if (free_ == 0) return false;
    const uint32_t entry = free_;
    free_ = entries_[entry].next;
    entries_[entry] = {rule, head};
    head = entry;
    return true;
  }
  void release(uint32_t& head) {
    while (head != 0) {
      const uint32_t next = entries_[head].next;
      entries_[head].next = free_;
      free_ = head;
      head = next;
    }
  }

 private:
  struct Entry {
    RuleId rule;
    uint32_t next = 0;
  };
  std::vector<Entry> entries_;  // [0] is none
  uint32_t free_ = 0;
};

}  // namespace glacis
