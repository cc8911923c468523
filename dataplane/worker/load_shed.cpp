#include "dataplane/worker/load_shed.h"

#include <algorithm>
#include <array>

namespace glacis {
namespace {

constexpr size_t kLevels = static_cast<size_t>(ShedLevel::kCount);

// Half a queue is room for as long a stall again; the last tenth is for what cannot be given up.
constexpr std::array<LoadShed::Threshold, kLevels> kThresholds{{
    {0, 0},    // kNothing
    {50, 25},  // kElephants
    {65, 40},  // kNewScans
    {80, 55},  // kAllScans
    {90, 70},  // kRecords
}};

ShedLevel beside(ShedLevel level, int step) { return static_cast<ShedLevel>(static_cast<int>(level) + step); }

}  // namespace

LoadShed::Threshold LoadShed::threshold(ShedLevel level) { return kThresholds[static_cast<size_t>(level)]; }

void LoadShed::poll(uint8_t input_percent, Nanos clock) {
  while (level_ != ShedLevel::kRecords && input_percent >= threshold(beside(level_, 1)).up) level_ = beside(level_, 1);
  if (level_ == ShedLevel::kNothing) return;
  peak_percent_ = std::max(peak_percent_, input_percent);
  if (input_percent >= threshold(level_).down) {
    calm_since_ = clock;
  } else if (clock - calm_since_ >= kCalm) {
    level_ = beside(level_, -1);
    calm_since_ = clock;
    if (level_ == ShedLevel::kNothing) peak_percent_ = 0;
  }
}

}  // namespace glacis
