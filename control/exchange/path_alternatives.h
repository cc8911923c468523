#pragma once

#include <cstdint>
#include <vector>

#include "control/exchange/losses.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// One way to complete a path: `any` lifted out, nested `then` flattened, optional steps left out.
struct PathAlternative {
  bool ordered = true;    // one after the other; false: in any order
  int64_t within_ns = 0;  // 0: no window
  std::vector<const StepElement*> steps;
};

// All ways, as far as lists of steps can say them; what they cannot (gaps, windows of inner groups, `unless`, progress)
// is noted. None without a path. Steps live as long as the model.
[[nodiscard]] std::vector<PathAlternative> alternatives_of(const Model& model, const AbuseElement& abuse,
                                                           Losses& losses);

// Variables that both steps have, as "source"/"destination" of each.
struct Join {
  enum class Role : uint8_t { kSource, kDestination };
  std::string variable;
  Role first, second;
};
[[nodiscard]] std::vector<Join> joins(const StepElement& first, const StepElement& second);

}  // namespace glacis::control
