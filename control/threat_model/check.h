#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"
#include "dataplane/base/error.h"

namespace glacis::control {

// A model file and what it includes, as push sends them: files[0] is the model and has its base name,
// the others are named as `include:` names them, relative to the model's folder.
[[nodiscard]] Expected<std::vector<SourceFile>> load_model_files(const std::string& path);

enum class ReportFormat : uint8_t { kText, kJson };

struct CheckOptions {
  ReportFormat format = ReportFormat::kText;
  Colour colour = Colour::kOff;
};

struct CompileOptions {
  std::string output;  // file for the policy's bytes; empty: nothing is written
  std::string tap;     // empty: every tap
  Colour colour = Colour::kOff;
};

// `glacis check`: every fault, warning and note of each model, what is not enforced yet, and whether
// they can run together. Returns the exit code: 0 good, 1 the models have errors, 2 a file cannot be read.
[[nodiscard]] int run_check(const std::vector<std::string>& paths, const CheckOptions& options,
                            std::ostream& out);

// `glacis compile`: one policy of all the models; its digest, its rules, what is not enforced yet.
// Exit codes as run_check; 2 also when the output cannot be written.
[[nodiscard]] int run_compile(const std::vector<std::string>& paths, const CompileOptions& options,
                              std::ostream& out);

}  // namespace glacis::control
