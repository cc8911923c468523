#pragma once

#include <string>

#include "control/analysis/gate.h"
#include "control/report/document.h"

namespace glacis::control {

// A section for each stage, a row for each condition; what fails, and what is only listed, are its notes. Any thread.
[[nodiscard]] Document gate_document(const Gate& gate);
// "gate build: closed, 3 of 11 conditions fail".
[[nodiscard]] std::string gate_line(const Gate& gate);
// One object; ends with a newline.
[[nodiscard]] std::string gate_json(const Gate& gate);
// JUnit XML: a suite for each stage, a case for each condition. Ends with a newline.
[[nodiscard]] std::string gate_junit(const Gate& gate);

}  // namespace glacis::control
