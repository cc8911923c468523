#pragma once

#include <vector>

#include "dataplane/base/error.h"

namespace glacis {
namespace v1 {
class Policy;
}

// What can be said of a hostile policy before anything is built from it: language, features, limits,
// numbers and enumerations out of range, positions in other lists. Adds to `faults`, at most about
// kMostFaults. False: the rest cannot be looked at, because the language is another one or a limit is
// passed. Limits: 1024 models, 4096 zones, 64 data classes, 20'000 patterns, 100'000 flow lines, nevers
// and boundaries each, 200'000 assets, 10'000 abuse paths. Cold; thread: control.
[[nodiscard]] bool check_policy(const v1::Policy& policy, std::vector<Error>& faults);

}  // namespace glacis
