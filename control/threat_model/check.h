#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"

namespace glacis::v1 {
class NotEnforced;
}

namespace glacis::control {

enum class Format : uint8_t { kText, kJson };

struct CheckOptions {
  Format format = Format::kText;
  Colour colour = Colour::kOff;
};

// A model file and what it includes, from disk. Unreadable files are diagnostics.
[[nodiscard]] std::vector<SourceFile> load_sources(const std::string& path, std::vector<Diagnostic>& diagnostics);

// "not enforced yet: ELEMENT (file:line)"
void print_not_enforced(const v1::NotEnforced& element, std::ostream& out);

// Checks models together: each alone, then composed. Exit code: 0 good, 1 a model has faults, 2 a file
// cannot be read. Threads: one.
int run_check(const std::vector<std::string>& paths, const CheckOptions& options, std::ostream& out);

struct CompileOptions {
  std::string tap;     // empty: every tap
  std::string output;  // policy bytes; empty: none written
  CheckOptions check;
};
// Exit code as run_check's; 2 also when the output cannot be written.
int run_compile(const std::vector<std::string>& paths, const CompileOptions& options, std::ostream& out);

}  // namespace glacis::control
