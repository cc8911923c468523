#pragma once

#include <optional>

#include "control/exchange/filter.h"
#include "control/exchange/sigma_document.h"

namespace glacis::control {

// A step of a case as Sigma's logs can say it; the head is the caller's to fill.
struct SigmaStep {
  SigmaRule rule;
  std::optional<SigmaCorrelation> aggregate;  // of count, sum, distinct: over the rule
};

// Nothing, with the reason noted, for what is in no log, or would match normal work without the part that is in none.
[[nodiscard]] std::optional<SigmaStep> sigma_step(const Model& model, const std::string& element,
                                                  const StepElement& step, const StepTraffic& traffic, Filters& filters,
                                                  Losses& losses);

// The variables of a step, of an aggregate what it is of, each with its field in the logs.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> sigma_variables(const StepElement& step);

}  // namespace glacis::control
