#pragma once

#include <iosfwd>
#include <vector>

#include "control/analysis/threats.h"
#include "control/threat_model/diagnostic.h"

namespace glacis::control {

// What a model leaves open, by element in file order: the sentence, its id, and YAML that would answer it.
void print_threats(const std::vector<Threat>& threats, Colour colour, std::ostream& out);
// One object a threat, in an array.
void print_threats_json(const std::vector<Threat>& threats, std::ostream& out);
// For a review: a table by STRIDE.
void print_threats_markdown(const std::vector<Threat>& threats, std::ostream& out);
// Every condition that is looked for.
void print_conditions(std::ostream& out);

}  // namespace glacis::control
