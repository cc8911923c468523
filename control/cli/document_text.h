#pragma once

#include <iosfwd>

#include "control/report/document.h"
#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// A report for a terminal; notes stand below their rows.
void print_document(const Document& document, Colour colour, std::ostream& out);

}  // namespace glacis::control
