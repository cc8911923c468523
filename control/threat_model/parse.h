#pragma once

#include <optional>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

struct ParseResult {
  std::optional<Model> model;           // present when nothing is an error
  std::vector<Diagnostic> diagnostics;  // all of them, in file order
};

// files[0] is the model, the others what it may `include`. Everything in them is hostile. Any thread.
[[nodiscard]] ParseResult parse_model(const std::vector<SourceFile>& files);

}  // namespace glacis::control
