#pragma once

#include <optional>

#include "control/exchange/filter.h"
#include "control/exchange/sigma_document.h"

namespace glacis::control {

// A filter as a detection over connection logs, in fields of the Elastic Common Schema: source is who began. `more`
// holds too, as a selection of its own. Nothing: what is left out leaves nothing.
[[nodiscard]] std::optional<SigmaDetection> sigma_detection(const FilterLess& filter, const SigmaMap& more);

}  // namespace glacis::control
