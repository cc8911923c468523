#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "dataplane/zone/zone_table.h"

namespace glacis {

// Which of many rules have both ends of a flow: a row of bits for each place, once as initiator and once
// as responder; two rows are and-ed. Immutable after the last add(); any thread may ask.
// Memory: places x rules / 4 bytes.
class EndsIndex {
 public:
  EndsIndex() = default;
  EndsIndex(size_t rules, size_t places) : words_((rules + 63) / 64), from_(places * words_), to_(places * words_) {}

  // `rule` below the number given. Places that the table does not have are left out.
  void add(size_t rule, const PlaceSet& from, const PlaceSet& to) {
    const uint64_t bit = uint64_t{1} << (rule % 64);
    const auto set = [&](std::vector<uint64_t>& rows, PlaceId place) {
      const size_t word = place.value * words_ + rule / 64;
      if (word < rows.size()) rows[word] |= bit;
    };
    from.each([&](PlaceId place) { set(from_, place); });
    to.each([&](PlaceId place) { set(to_, place); });
  }
  // Calls wanted(rule) for each, ascending, until it returns true; whether one did.
  template <class Wanted>
  [[nodiscard]] bool any(PlaceId from, PlaceId to, Wanted wanted) const {
    const uint64_t* const a = from_.data() + from.value * words_;
    const uint64_t* const b = to_.data() + to.value * words_;
    for (size_t w = 0; w < words_; ++w) {
      for (uint64_t both = a[w] & b[w]; both != 0; both &= both - 1) {
        if (wanted(w * 64 + static_cast<size_t>(std::countr_zero(both)))) return true;
      }
    }
    return false;
  }

 private:
  size_t words_ = 0;
  std::vector<uint64_t> from_, to_;
};

}  // namespace glacis
