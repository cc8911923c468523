#pragma once

#include "bench/report.h"
#include "dataplane/policy/generation.h"

namespace glacis::bench {

// The budgets that one core and no NIC can measure, a line each on stdout:
// "P1/1M 41.2 ns budget 48 stretch 38 ok", or "short" for what is over its budget. `report`: with the lines of
// pipeline and swap. `policy`: whose streams are weighed. How many are short.
[[nodiscard]] int print_budgets(const Report& report, const Generation& policy);

}  // namespace glacis::bench
