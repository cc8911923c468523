#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// What is asked of models.
struct ExplainOptions {
  std::vector<std::string> flows = {}, rules = {}, addresses = {};  // as written
  int64_t time_s = 0;  // judges hours and last days: seconds since 1970, UTC
  bool json = false;
};

// Answers each question in turn. Exit code: 0 good, 1 the models have faults, 2 a file cannot be read or a question is
// none; what is wrong is told on `err`. Thread: one.
int run_explain(const std::vector<std::string>& paths, const ExplainOptions& options, std::ostream& out,
                std::ostream& err);

}  // namespace glacis::control
