#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

struct ParseResult {
  std::optional<Model> model;           // present when nothing is an error
  std::vector<Diagnostic> diagnostics;  // all of them: by file, line, column
};

// files[0] is the model, the others what it may `include`. Everything in them is hostile; limits: 4 MiB
// for a file, 500,000 values with aliases expanded, 32 levels. Never throws. Thread: any.
[[nodiscard]] ParseResult parse_model(const std::vector<SourceFile>& files);

// The files that this one includes, as written; empty when it does not parse. Thread: any.
[[nodiscard]] std::vector<std::string> includes_of(const SourceFile& file);

}  // namespace glacis::control
