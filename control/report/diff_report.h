#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "control/analysis/model_diff.h"

namespace glacis::control {

enum class DiffFormat : uint8_t { kText, kMarkdown, kJson };

struct DiffOptions {
  DiffFormat format = DiffFormat::kText;
  Colour colour = Colour::kOff;
  bool exit_code = false;  // differences are 1
};

// What a changed model means, for people. Nothing is written of what did not change. Thread: one.
void print_diff(const Model& before, const Model& after, const std::vector<ModelChange>& changes,
                const DiffOptions& options, std::ostream& out);

// Reads both models from disk; what is wrong with one is told on `err`. Exit code: 0 good, 1 a model has faults, or
// they differ and that was asked for, 2 a file cannot be read.
int run_diff(const std::string& before, const std::string& after, const DiffOptions& options, std::ostream& out,
             std::ostream& err);

}  // namespace glacis::control
