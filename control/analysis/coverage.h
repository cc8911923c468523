#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "control/analysis/identity_sight.h"
#include "control/analysis/sight.h"
#include "control/analysis/step_coverage.h"

namespace glacis::control {

// Where a case alerts first.
struct AlertPlace {
  size_t node = 0, of = 0;  // position of the top-level node, from 1, and how many there are
  std::string id;           // of the step; of a group without an id its steps: "volume|dump"
};

// What would be seen of an abuse case: of `any` its best branch, of `then` and `all` the weakest required step.
struct CaseCoverage {
  const AbuseElement* abuse = nullptr;
  Sight sight = Sight::kBlind;
  std::vector<Reason> reasons;
  std::optional<AlertPlace> first_alert;  // nothing: it never alerts
  std::vector<StepCoverage> steps;        // as written
  // `element` is one of its path.
  [[nodiscard]] const StepCoverage& step(const StepElement& step) const;
};

// A flows or never line on its taps.
struct LineCoverage {
  const TrafficElement* line = nullptr;
  std::string element;  // "flows/f-db"
  Sight sight = Sight::kBlind;
  Sight with_tap = Sight::kBlind;  // what it would be if a tap saw it
  Sighting sighting;
  std::vector<Reason> reasons;
};

// A tap that is not there, on a zone.
struct TapAdvice {
  struct Gain {
    std::string element;          // "abuse/AC6.beacon", "flows/f-crm"
    Sight sight = Sight::kBlind;  // what it would become
  };
  const ZoneElement* zone = nullptr;
  bool inside = false;  // it has to see what stays in the zone
  std::vector<Gain> gains;
};

struct Coverage {
  const Model* model = nullptr;
  std::vector<CaseCoverage> cases;
  std::vector<LineCoverage> lines;  // flows, then never
  std::vector<IdentityCoverage> identities;
  // The fewest more zones with taps on which all that no tap sees, and a tap could, is seen at least in part; the most
  // useful one first.
  std::vector<TapAdvice> advice;
};

// "What should we see if this is attacked?" Pointers live as long as the model.
[[nodiscard]] Coverage cover(const Places& places);

// Its parts.
// `needs` and `taps` are of the same model.
[[nodiscard]] CaseCoverage cover_case(const AbuseElement& abuse, const Places& places, TapSight& taps,
                                      const Needs& needs);
[[nodiscard]] std::vector<LineCoverage> cover_lines(const Places& places, TapSight& taps, const Needs& needs);
[[nodiscard]] std::vector<TapAdvice> advise_taps(const Coverage& coverage, const Places& places);
// Of a node of the case's path, as the case itself is judged.
[[nodiscard]] Sight sight_of(const PathElement& node, const CaseCoverage& coverage, const Places& places);

}  // namespace glacis::control
