#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/model.h"

namespace glacis::control {

// Something that somebody answers for.
struct Duty {
  std::string owner;
  std::string_view kind;  // "finding", "acceptance", "requirement", ...
  std::string id, says;
  int64_t due_s = 0;  // its last second; 0: no day is said
  Position at;
};

// Everything of the model with an owner, by owner, then in file order: the model itself (due: its next review), teams,
// sources, cases, controls, findings, acceptances, requirements, assumptions, hunts, answers, and lines that end;
// assets and identities where an owner is named. Thread: any.
[[nodiscard]] std::vector<Duty> duties(const Model& model);

// Whose day is over on `day_s`, the longest over first, then as above.
[[nodiscard]] std::vector<Duty> overdue(const Model& model, int64_t day_s);

// Who answers for an element: its own owner, else that of the finding whose `at` or `requires` names it, else the
// model's.
[[nodiscard]] std::string owner_of(const Model& model, const std::string& id, const std::string& own);
// The first day on which a requirement must be met: of the findings that require it and the acceptances that hold
// meanwhile; 0: none says one.
[[nodiscard]] int64_t due_of(const Model& model, const RequirementElement& requirement);
// Its due day, else the end of its acceptance; 0: none.
[[nodiscard]] int64_t due_of(const FindingElement& finding);
// The day of the next review, 0: not said.
[[nodiscard]] int64_t review_due_s(const Model& model);

}  // namespace glacis::control
