#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "dataplane/zone/zone_table.h"

namespace glacis {

// Which of many rules have both ends of a flow: a row of bits for each place, once as initiator and once
// as responder; two rows are and-ed. A row's first word says in which of the others a bit is set, so that of
// many rules few words are looked at. Immutable after the last add(); any thread may ask.
// Memory: places x (rules / 4 + 16) bytes.
class EndsIndex {
 public:
  EndsIndex() = default;
  EndsIndex(size_t rules, size_t places)
      : words_((rules + 63) / 64), group_((words_ + 63) / 64), from_(places * row()), to_(places * row()) {}

  // `rule` below the number given. Places that the table does not have are left out.
  void add(size_t rule, const PlaceSet& from, const PlaceSet& to) {
    const size_t word = rule / 64;
    const auto set = [&](std::vector<uint64_t>& rows, PlaceId place) {
      const size_t begin = place.value * row();
      if (begin >= rows.size()) return;
      rows[begin] |= uint64_t{1} << (word / group_);
      rows[begin + 1 + word] |= uint64_t{1} << (rule % 64);
    };
    from.each([&](PlaceId place) { set(from_, place); });
    to.each([&](PlaceId place) { set(to_, place); });
  }
  // Calls wanted(rule) for each, ascending, until it returns true; whether one did.
  template <class Wanted>
  [[nodiscard]] bool any(PlaceId from, PlaceId to, Wanted wanted) const {
    if (words_ == 0) return false;
    const uint64_t* const a = from_.data() + from.value * row();
    const uint64_t* const b = to_.data() + to.value * row();
    for (uint64_t groups = *a & *b; groups != 0; groups &= groups - 1) {
      const size_t begin = static_cast<size_t>(std::countr_zero(groups)) * group_;
      for (size_t w = begin; w < std::min(begin + group_, words_); ++w) {
        for (uint64_t both = a[1 + w] & b[1 + w]; both != 0; both &= both - 1) {
          if (wanted(w * 64 + static_cast<size_t>(std::countr_zero(both)))) return true;
        }
      }
    }
    return false;
  }

 private:
  [[nodiscard]] size_t row() const { return 1 + words_; }

  size_t words_ = 0;
  size_t group_ = 1;  // words for which a bit of a row's first word stands
  std::vector<uint64_t> from_, to_;
};

}  // namespace glacis
