#include "dataplane/duplicate/duplicate_filter.h"

#include <algorithm>
#include <bit>

namespace glacis {

DuplicateFilter::DuplicateFilter(uint64_t seed, uint32_t packets)
    : print_(seed),
      mask_(std::bit_ceil(std::clamp<size_t>(packets, kWays, kMostPackets) * 2 / kWays) - 1),
      lines_(mask_ + 1) {}

bool DuplicateFilter::seen(uint64_t fingerprint, Nanos time) {
  if (fingerprint == 0) return false;
  const auto now = static_cast<uint16_t>(time.value >> kTimeShift);
  const uint64_t tag = fingerprint << kTagShift;
  Line& line = lines_[line_of(fingerprint)];
  size_t oldest = 0;
  uint32_t most = 0;
  for (size_t i = 0; i < kWays; ++i) {
    const uint64_t entry = line.entry[i];
    const auto age = static_cast<uint16_t>(now - entry);
    if (entry >> kTagShift == tag >> kTagShift && age <= kWindowUnits) return true;
    const uint32_t worth = entry == 0 ? UINT32_MAX : age;
    if (worth > most) {
      most = worth;
      oldest = i;
    }
  }
  line.entry[oldest] = tag | now;
  return false;
}

}  // namespace glacis
