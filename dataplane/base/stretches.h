#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/ids.h"

namespace glacis {

// A span of event time, both ends included.
struct Stretch {
  Nanos first, last;
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

// Sorted, without overlaps; those that `pause` or less parts are one.
[[nodiscard]] inline std::vector<Stretch> joined_stretches(std::vector<Stretch> all, Nanos pause) {
  std::ranges::sort(all, {}, &Stretch::first);
  std::vector<Stretch> out;
  for (const Stretch& one : all) {
    if (!out.empty() && one.first - pause <= out.back().last) {
      out.back().last = std::max(out.back().last, one.last);
    } else {
      out.push_back(one);
    }
  }
  return out;
}

// When somebody was looking, as far as one file shows: its times, in stretches without a longer pause than
// kLongestPause. Nobody was seen to look in a longer one. Times may come in any order. At most kMost stretches are
// kept; times that would begin another are left out (counted). Times are at most kLatestCaptured. Thread: one.
class Stretches {
 public:
  static constexpr Nanos kLongestPause = seconds(3600);
  static constexpr size_t kMost = 512;

  void add(Nanos time) { add({time, time}); }
  void add(Stretch one) {
    if (!all_.empty() && near(all_.back(), one)) {
      all_.back() = {std::min(all_.back().first, one.first), std::max(all_.back().last, one.last)};
      return;
    }
    if (all_.size() == kMost) all_ = joined_stretches(std::move(all_), kLongestPause);
    const auto known = std::ranges::find_if(all_, [&](const Stretch& old) { return near(old, one); });
    if (known != all_.end()) {
      *known = {std::min(known->first, one.first), std::max(known->last, one.last)};
    } else if (all_.size() < kMost) {
      all_.push_back(one);
    } else {
      ++left_out_;
    }
  }
  [[nodiscard]] std::vector<Stretch> all() const { return joined_stretches(all_, kLongestPause); }
  [[nodiscard]] uint64_t left_out() const { return left_out_; }

 private:
  [[nodiscard]] static bool near(const Stretch& a, const Stretch& b) {
    return a.first - kLongestPause <= b.last && b.first - kLongestPause <= a.last;
  }

  std::vector<Stretch> all_;
  uint64_t left_out_ = 0;
};

}  // namespace glacis
