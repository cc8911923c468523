#pragma once

#include <cstdint>
#include <string>

#include "control/threat_model/diagnostic.h"

namespace glacis::v1 {
class Alert;
}

namespace glacis::control {

// An alert as an analyst reads it, several lines: when, how severe, what happened in a sentence;
// below it, indented, which line of whose model says so and what it maps to; for a path each step
// that was seen and what comes next; the evidence as it was delivered. Safe for a terminal.
[[nodiscard]] std::string alert_text(const v1::Alert& alert, uint64_t cursor, Colour colour);

// One JSON object in one line: the cursor, what protobuf's JSON hides (time, addresses) in readable
// form, and the whole alert under "alert".
[[nodiscard]] std::string alert_json(const v1::Alert& alert, uint64_t cursor);

}  // namespace glacis::control
