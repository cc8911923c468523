#pragma once

#include <cstdint>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/places.h"

namespace glacis::control {

// What a good model is warned of, beyond what parsing refuses: "Static analysis" of the language. Dates are judged at
// `day_s`, a moment of that day in seconds since 1970, UTC: a check of the same file says the same tomorrow.
// In file order. Thread: any.
[[nodiscard]] std::vector<Diagnostic> static_check(const Places& places, int64_t day_s);

// Its parts.
// flows and never: expired, shadowed, never possible, exceptions that except nothing.
void check_lines(const Places& places, int64_t day_s, std::vector<Diagnostic>& out);
// Abuse paths: steps that nothing can produce or nobody sees, windows that cannot hold, too much to remember, cases
// that nobody answers.
void check_cases(const Places& places, std::vector<Diagnostic>& out);
// Ways from trust below 30 to what holds data of sensitivity 4 or 5 that no case walks.
void check_ways(const Places& places, std::vector<Diagnostic>& out);
// Crossings, identities, findings, reviews.
void check_governance(const Places& places, int64_t day_s, std::vector<Diagnostic>& out);

}  // namespace glacis::control
