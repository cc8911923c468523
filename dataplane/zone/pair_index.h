#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/zone/judge_tables.h"
#include "dataplane/zone/port_glance.h"
#include "dataplane/zone/verdict.h"

namespace glacis {

[[nodiscard]] inline bool ends_fit(const JudgedRule& rule, const Question& q) {
  return rule.from.contains(q.initiator) && rule.to.contains(q.responder) && port_fits(rule.ports, q.responder_port);
}

// Which rules of a list fit a flow's ends and port, by the zones of its ends. What most rules need to be asked stands
// in the index, one pair's rules behind each other: behind their ports a rule itself is looked at only when an end of
// it is not all of a zone, or when it has more than two ranges of ports. A rule that fits very many pairs stands once,
// and is always asked so. Memory: 16 bytes for each pair of each rule, 24 to 48 for each pair that has one. Immutable;
// any thread may ask.
class PairIndex {
 public:
  struct Listed {
    uint32_t position;  // in the list that each() is given
    const JudgedRule* rule;
    bool always;  // no hours and no last day limit it
  };

  PairIndex() = default;
  // `zones` and the places of the rules are those of `table`. Borrows nothing.
  PairIndex(std::span<const Listed> rules, size_t zones, const ZoneTable& table);

  // `rules`: the list with the positions. Calls with(position, always) for each that fits, those of the pair in the
  // order listed, then those of most pairs.
  template <class Rule, class With>
  void each(const std::vector<Rule>& rules, const Question& q, const ZoneTable& table, With with) const {
    const auto ask = [&](const Entry& entry) {
      if (!entry.ports.may_fit(q.responder_port)) return;
      if (entry.whole || ends_fit(rules[entry.position], q)) with(entry.position, entry.always);
    };
    for (const Entry& entry : of(table.zone(q.initiator), table.zone(q.responder))) ask(entry);
    for (const Entry& entry : broad_) ask(entry);
  }

 private:
  struct Entry {
    uint32_t position = 0;
    PortGlance ports;
    bool whole = false;  // all places of both zones, and `ports` is the whole answer
    bool always = true;
  };
  static_assert(sizeof(Entry) == 16);
  struct Slot {
    uint32_t pair = 0, first = 0, count = 0;  // count 0: free
  };

  [[nodiscard]] uint32_t pair_of(ZoneId from, ZoneId to) const {
    return static_cast<uint32_t>(from.value * zones_ + to.value);
  }
  // Where the pair stands, or would. Half of the slots are free, so there is an end.
  [[nodiscard]] size_t slot_of(uint32_t pair) const {
    size_t slot = pair * kGolden >> shift_;
    while (slots_[slot].count != 0 && slots_[slot].pair != pair) slot = (slot + 1) % slots_.size();
    return slot;
  }
  [[nodiscard]] std::span<const Entry> of(ZoneId from, ZoneId to) const {
    const Slot& slot = slots_[slot_of(pair_of(from, to))];
    return std::span(entries_).subspan(slot.first, slot.count);
  }

  static constexpr uint32_t kGolden = 0x9e3779b1;  // 2^32 by the golden ratio, odd

  size_t zones_ = 0;
  unsigned shift_ = 31;
  std::vector<Slot> slots_ = std::vector<Slot>(2);  // open addressing
  std::vector<Entry> entries_, broad_;
};

}  // namespace glacis
