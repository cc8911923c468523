#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace glacis {

// Which units of 8 bytes of each pending datagram have come in full: 1 KiB for each, 64 units at a time. Fragments
// begin at units; the unit that an end cuts is not among them, as another end may leave a hole behind it. Thread: its
// owner's.
class CoveredUnits {
 public:
  static constexpr uint32_t kUnitBytes = 8;
  explicit CoveredUnits(size_t datagrams) : words_(datagrams * kWords) {}

  // How many units that have one of these bytes are covered.
  [[nodiscard]] uint32_t count(size_t datagram, uint32_t begin, uint32_t end) const {
    uint32_t out = 0;
    each_word(begin / kUnitBytes, units(end),
              [&](size_t w, uint64_t mask) { out += popcount(word(datagram, w) & mask); });
    return out;
  }
  // How many were not before.
  uint32_t cover(size_t datagram, uint32_t begin, uint32_t end) {
    uint32_t out = 0;
    each_word(begin / kUnitBytes, end / kUnitBytes, [&](size_t w, uint64_t mask) {
      out += popcount(~word(datagram, w) & mask);
      words_[datagram * kWords + w] |= mask;
    });
    return out;
  }
  // For the next datagram there; nothing at or behind `reach` is covered.
  void clear(size_t datagram, uint32_t reach) {
    std::fill_n(words_.begin() + static_cast<std::ptrdiff_t>(datagram * kWords), (units(reach) + 63) / 64, 0);
  }
  [[nodiscard]] static constexpr uint32_t units(uint32_t bytes) { return (bytes + kUnitBytes - 1) / kUnitBytes; }
  [[nodiscard]] size_t bytes() const { return words_.size() * sizeof(uint64_t); }

 private:
  static constexpr size_t kWords = 65'536 / kUnitBytes / 64;

  static uint32_t popcount(uint64_t bits) { return static_cast<uint32_t>(std::popcount(bits)); }
  [[nodiscard]] uint64_t word(size_t datagram, size_t w) const { return words_[datagram * kWords + w]; }
  template <class OnWord>
  static void each_word(uint32_t unit, uint32_t last, OnWord&& on_word) {
    while (unit < last) {
      const uint32_t in_word = unit % 64, n = std::min(64 - in_word, last - unit);
      on_word(unit / 64, (n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1) << in_word);
      unit += n;
    }
  }

  std::vector<uint64_t> words_;
};

}  // namespace glacis
