#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "control/threat_model/places.h"

namespace glacis::control {

// An ordered pair of zones, by name.
struct ZonePair {
  std::string from, to;
};

// What taps see of the flows between some ends, counted in ordered pairs of zones. What goes from the rest of the
// world to itself is nobody's to see and does not count.
struct Sighting {
  size_t seen = 0, unseen = 0;
  std::vector<ZonePair> gaps;     // the first kMostGaps that no tap sees
  std::vector<std::string> taps;  // that judge some of the pairs, in the order of the model
};
inline constexpr size_t kMostGaps = 3;

// Remembers what it was asked. Borrows the places. Thread: one.
class TapSight {
 public:
  explicit TapSight(const Places& places) : places_(places) {}
  [[nodiscard]] const Sighting& between(const EndNames& from, const EndNames& to);

 private:
  [[nodiscard]] Sighting look(const EndNames& from, const EndNames& to) const;

  const Places& places_;
  std::map<std::pair<EndNames, EndNames>, Sighting> known_;
};

}  // namespace glacis::control
