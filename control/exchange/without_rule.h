#pragma once

#include "control/exchange/losses.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// Notes the elements of a model that formats of detection rules cannot say at all: boundaries and drift (they are
// judged from all lines together), identities, assumptions, what limits a flows line.
void note_without_rule(const Model& model, Losses& losses);

}  // namespace glacis::control
