#include "dataplane/duplicate/duplicate_filter.h"

#include <algorithm>

namespace glacis {

DuplicateFilter::DuplicateFilter(uint64_t seed, uint32_t packets)
    : print_(seed), mask_(std::bit_ceil(std::clamp<size_t>(packets, 8, kMostPackets) / 4) - 1), lines_(mask_ + 1) {}

}  // namespace glacis
