#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::v1 {
class NotEnforced;
class Policy;
}  // namespace glacis::v1

namespace glacis::control {

enum class Format : uint8_t { kText, kJson, kSarif, kJunit };

struct CheckOptions {
  Format format = Format::kText;
  Colour colour = Colour::kOff;
  int64_t day_s = 0;              // dates are judged on this day: seconds since 1970, UTC
  std::vector<std::string> deny;  // codes that are errors; "warnings": every warning is
  std::string invariants;         // file of the organisation's; empty: none
};

// Models from disk, each parsed with what it includes; those that are good.
struct LoadedModels {
  std::vector<Model> models;
  std::vector<SourceFile> files;
  std::vector<Diagnostic> diagnostics;
  std::string invariants;  // of check_models: what diagnostics call the organisation's file; empty: none was read
  bool composed = false;   // of check_models: they are good, alone and together, as far as parsing and composing tell
  [[nodiscard]] bool unreadable() const;
};
[[nodiscard]] LoadedModels load_models(const std::vector<std::string>& paths);

// Likewise, with all that run_check says of them.
[[nodiscard]] LoadedModels check_models(const std::vector<std::string>& paths, const CheckOptions& options);

// "not enforced yet: ELEMENT (file:line)"
void print_not_enforced(const v1::NotEnforced& element, std::ostream& out);

// Checks models together: each alone, then composed, then what static analysis warns of and which invariants of the
// organisation they break. Exit code: 0 good, 1 a model has
// faults, 2 a file cannot be read. Thread: one.
int run_check(const std::vector<std::string>& paths, const CheckOptions& options, std::ostream& out);

struct CompileOptions {
  std::string tap;     // empty: every tap
  std::string output;  // policy bytes; empty: none written
  CheckOptions check;
};
// Without static analysis: what is pushed to sensors does not depend on the day. Exit code as run_check's; 2 also when
// the output cannot be written.
int run_compile(const std::vector<std::string>& paths, const CompileOptions& options, std::ostream& out);

}  // namespace glacis::control
