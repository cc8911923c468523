#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/analysis/coverage.h"
#include "control/analysis/reach.h"

namespace glacis::control {

// Below this trust, and in a zone with `any`, an attacker stands without doing anything: outside.
inline constexpr uint32_t kOutsideTrust = 30;

// Whether and how somebody from outside comes to where a case begins.
struct Exposure {
  bool known = false;               // false: no step says where it begins
  std::optional<size_t> hops = {};  // fewest lines or flat zones on the way; 0: it begins outside; nothing: no way
  std::string from, to;             // where the shortest such way starts and ends; empty without one
};

// What the case lays hands on: where each step leads, and if that is outside where it starts.
struct Stake {
  bool known = false;                       // false: no step names a place
  std::vector<const AssetElement*> assets;  // in the model's order
  uint32_t value = 0, sensitivity = 0;      // the highest of them, 0-5; of data that the steps' lines carry too
};

// What can be reached from where its last steps lead, and is not at stake already. Ways that come outside end there:
// what is reached from outside needs no case.
struct FanOut {
  std::vector<const AssetElement*> assets;  // further ones, in the model's order
  uint32_t value = 0, sensitivity = 0;      // the highest of them, 0-5
};

// DREAD as written: the least and the most of its five numbers, 0-10, and their mean in tenths.
struct Dread {
  uint32_t low = 0, high = 0, mean_tenths = 0;
};

// What is computed of a case, each 0 (best) to 5 (worst):
//   exposure     5 - hops from outside, at least 1; 0: no way from outside
//   control      5 - strength of the strongest active control that covers it
//   sight        enforced 0, metadata only 2, elsewhere 3, blind 5
//   value        the highest at stake
//   sensitivity  the highest at stake
//   fan_out      bits of the number of further assets: 0 for none, then 1, 2-3, 4-7, 8-15, more
// What is not known counts 0 and is told. The first three say how easily it is done, the others what it costs; the
// order of cases is by their plain sum, 0-30, because then each term is seen in it and none hides another, as it would
// in a product with 0. What the model says of likelihood and impact is in none of them.
struct RiskTerms {
  uint32_t exposure = 0, control = 0, sight = 0;
  uint32_t value = 0, sensitivity = 0, fan_out = 0;
  [[nodiscard]] uint32_t ease() const { return exposure + control + sight; }
  [[nodiscard]] uint32_t loss() const { return value + sensitivity + fan_out; }
  [[nodiscard]] uint32_t sum() const { return ease() + loss(); }
};
inline constexpr uint32_t kMostTerm = 5, kMostEase = 15, kMostLoss = 15, kMostSum = kMostEase + kMostLoss;

// A case: what its author says beside what the model gives.
struct CaseRisk {
  const AbuseElement* abuse = nullptr;
  std::optional<uint32_t> authored;  // likelihood x impact, 1-25; nothing: not said
  std::optional<Dread> dread;
  Exposure exposure;
  Stake stake;
  FanOut fan_out;
  const ControlElement* active = nullptr;   // the strongest that covers it; null: none
  const ControlElement* planned = nullptr;  // likewise; does not count
  Sight sight = Sight::kBlind;
  RiskTerms terms;
};

// All cases, the highest sum first; of equal ones the higher authored risk, then the model's order. Whoever acts: a
// line's identity closes no way, because an attacker takes over each place. Pointers live as long as the model.
// Thread: any.
[[nodiscard]] std::vector<CaseRisk> assess(const Places& places, const Coverage& coverage);

// Whether an attacker stands there without doing anything.
[[nodiscard]] bool outside(const ZoneElement& zone);

}  // namespace glacis::control
