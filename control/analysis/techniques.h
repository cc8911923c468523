#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/analysis/coverage.h"

namespace glacis::control {

// An ATT&CK technique, and what in the models names it.
struct TechniqueUse {
  struct From {
    std::string element, says;  // "shop/abuse/LM1.reach"
  };
  std::string id;
  uint32_t severity = 0;  // the worst of what names it, 1-5
  std::vector<From> from;
};

enum class Techniques : uint8_t {
  kThreat,   // every one that the models name
  kCovered,  // those that would be alerted on: of enforced steps and never lines. What only a case names counts when
             // the whole case is enforced
};
// By id; what names them in the order of the models.
[[nodiscard]] std::vector<TechniqueUse> techniques_of(std::span<const Coverage> models, Techniques which);

}  // namespace glacis::control
