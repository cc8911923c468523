#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/analysis/key_diff.h"

namespace glacis::control {

// Where a change is told, in this order.
enum class DiffArea : uint8_t {
  kCrossings,  // ordered pairs of zones
  kRules,      // flows, never, boundaries, drift
  kCoverage,   // what taps see of rules and steps
  kIdentities,
  kAcceptances,  // of findings
  kPlaces,       // zones, assets, taps, ports, hours
  kData,
  kCases,
  kGovernance,  // what people answer for
  kText,        // words that nothing is judged by
};
inline constexpr std::string_view kDiffAreas[] = {"Crossings", "Rules", "Coverage", "Identities", "Acceptances",
                                                  "Places",    "Data",  "Cases",    "Governance", "Text only"};

// What it does to what is allowed without an alert.
enum class DiffEffect : uint8_t { kNone, kLooser, kTighter, kBoth };
inline constexpr std::string_view kDiffEffects[] = {"", "looser", "tighter", "looser and tighter"};

struct ModelChange {
  DiffArea area = DiffArea::kText;
  std::string element = {};    // "flows/f-db", "users to data", "abuse/LM1.reach"
  std::string_view what = {};  // "added", "loosened", "opened", "lost", ...
  DiffEffect effect = DiffEffect::kNone;
  std::string says = {};  // why, where keys do not tell: "by flows/f-db"; may be empty
  std::vector<ChangedKey> keys = {};
  Position before = {}, after = {};  // line 0: not on that side
};

// What a changed model means, in the order of areas; of elements: as in the newer model, then those that are gone.
// Empty: the two say the same, whatever their text looks like. Thread: any.
[[nodiscard]] std::vector<ModelChange> diff_models(const Places& before, const Places& after);

}  // namespace glacis::control
