#pragma once

#include <string>

#include "control/exchange/draft.h"

namespace glacis::control {

// The draft as a model file: one element a line. The same draft gives the same bytes. Any thread.
[[nodiscard]] std::string draft_text(const Draft& draft, std::string_view format, std::string_view file);

}  // namespace glacis::control
