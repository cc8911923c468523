#pragma once

#include <iosfwd>

#include "control/analysis/crossings.h"

namespace glacis::control {

// Crossings grouped by the class of their lines: who crosses (identities), over what, what it carries, the boundary and
// its controls, and who sees it.
void print_crossings(const Places& places, std::ostream& out);
void print_crossings_markdown(const Places& places, std::ostream& out);
void print_crossings_json(const Places& places, std::ostream& out);

}  // namespace glacis::control
