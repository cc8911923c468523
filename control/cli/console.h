#pragma once

#include <iosfwd>

#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// Where a command writes. The streams are the caller's. Thread: the command's.
struct Console {
  std::ostream& out;             // the result
  std::ostream& err;             // faults, and what happens meanwhile
  Colour colour = Colour::kOff;  // on `out`; never with --json
};

}  // namespace glacis::control
