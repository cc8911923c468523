#pragma once

#include <string>
#include <vector>

#include "control/threat_model/places.h"

namespace glacis::control {

// An ordered pair of zones between which the model lets something through.
struct Crossing {
  const ZoneElement* from = nullptr;
  const ZoneElement* to = nullptr;
  std::vector<const FlowElement*> lines;      // in the model's order
  const BoundaryElement* boundary = nullptr;  // null: none is declared
  std::vector<std::string> taps;              // that see it; none: blind
  std::vector<std::string> data;              // that its lines carry, each once
};

// Whether its boundary names a control, or it leads to no more trust.
[[nodiscard]] bool controlled(const Crossing& crossing);

// Which identities a crossing lets in, and by which lines; "" for lines that ask for none.
struct IdentityUse {
  std::string identity;
  std::vector<const FlowElement*> lines;
};

// In the order of the zones. Borrows the model. Thread: any.
[[nodiscard]] std::vector<Crossing> crossings(const Places& places);
// Identities that a line of it asks for, or that `may` use one; in the model's order, then the lines that ask for none.
[[nodiscard]] std::vector<IdentityUse> identities_on(const Crossing& crossing, const Model& model);

}  // namespace glacis::control
