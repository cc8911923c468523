#include "control/analysis/tap_sight.h"

#include <set>

namespace glacis::control {

const Sighting& TapSight::between(const EndNames& from, const EndNames& to) {
  const auto key = std::pair(from, to);
  const auto known = known_.find(key);
  return known != known_.end() ? known->second : known_.emplace(key, look(from, to)).first->second;
}

Sighting TapSight::look(const EndNames& from, const EndNames& to) const {
  Sighting out;
  std::set<std::string> judging;
  const auto responders = places_.zones(to);
  for (const ZoneElement* a : places_.zones(from)) {
    for (const ZoneElement* b : responders) {
      if (a == b && a->any) continue;
      std::string tap = places_.judge(*a, *b);
      if (!tap.empty()) {
        ++out.seen;
        judging.insert(std::move(tap));
      } else if (++out.unseen <= kMostGaps) {
        out.gaps.push_back({a->id, b->id});
      }
    }
  }
  for (const TapElement& tap : places_.model().taps) {
    if (judging.contains(tap.id)) out.taps.push_back(tap.id);
  }
  return out;
}

}  // namespace glacis::control
