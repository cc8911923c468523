#pragma once

#include <span>

#include "bench/measure.h"
#include "dataplane/policy/generation.h"

namespace glacis::bench {

// The budgets that one core and no NIC can measure, a line each on stdout:
// "P1/1M 41.2 ns budget 48 stretch 38 ok", or "short" for what is over its budget. `results`: the pipeline's
// lines. `policy`: whose streams are weighed. How many are short.
[[nodiscard]] int print_budgets(std::span<const Result> results, const Generation& policy);

}  // namespace glacis::bench
