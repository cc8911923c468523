#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "control/analysis/hunt.h"
#include "control/report/document.h"

namespace glacis::control {

// "H1 yes: 3 flows", "H1 no", "H1 no, as far as was seen", "H1 unknown: why".
[[nodiscard]] std::string hunt_headline(const HuntAnswer& answer);
// "looked at 2 h 3 min of 90d, 0.1 %"; empty when nothing was asked.
[[nodiscard]] std::string looked_at_text(const HuntAnswer& answer);

// Each answer in a section: its flows, the most recent first and at most `most`, when somebody was looking, what is
// missing. Thread: any.
[[nodiscard]] Document hunt_document(std::span<const HuntAnswer> answers, size_t most);
// Each answer in a row.
[[nodiscard]] Document hunt_table(std::span<const HuntAnswer> answers);
// An array; of one hunt or all of them.
[[nodiscard]] std::string hunt_json(std::span<const HuntAnswer> answers, size_t most);

}  // namespace glacis::control
