#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/analysis/invariant_fields.h"
#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// An element of a model that an invariant denies.
struct Violation {
  const InvariantElement* invariant = nullptr;
  std::string kind, id;            // "flows", "f-db"; of what drift allows "drift", "drift"
  std::vector<std::string> pairs;  // of a crossing: "internet to data", every pair of zones that is denied
  Position at;
};

// In the order of the invariants, then of the model; exemptions are not looked at. A crossing is a flows line on one
// ordered pair of zones; a boundary that allows what no line models is one too (its id is the boundary's), and so is
// every pair without a boundary that says otherwise when drift allows it. Borrows all it is given. Thread: any.
[[nodiscard]] std::vector<Violation> violations(const InvariantFile& file, const Places& places);

// What models break of the organisation's invariants, each at the model's line, and what is wrong with exemptions, each
// at its own: expired on `day_s` (it exempts nothing then), or of what is not denied. An exemption of a model that is
// not among these is not called unused. In the order of the models, each in file order; then exemptions. Thread: any.
[[nodiscard]] std::vector<Diagnostic> check_invariants(const InvariantFile& file, std::span<const Model> models,
                                                       int64_t day_s);

}  // namespace glacis::control
