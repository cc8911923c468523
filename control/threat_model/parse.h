#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// Of more faults than these the first are told, and how many more there are.
inline constexpr size_t kMostDiagnostics = 1000;

struct ParseResult {
  std::optional<Model> model;           // present when nothing is an error
  std::vector<Diagnostic> diagnostics;  // all of them, in file order
};

// In file order, each once, and no more than a person can read.
void tidy(std::vector<Diagnostic>& diagnostics);

// files[0] is the model, the others what it may `include`. Everything in them is hostile. Any thread.
[[nodiscard]] ParseResult parse_model(const std::vector<SourceFile>& files);

}  // namespace glacis::control
