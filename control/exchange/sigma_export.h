#pragma once

#include "control/exchange/exporter.h"

namespace glacis::control {

// Sigma 2.1 over connection and authentication logs: a rule for each never line, a rule for each step of a case and a
// correlation for each way of completing it. A pivot (a variable that joins some steps only) does not fit one
// correlation: each pair of steps has one. Level and ATT&CK are the rule's; ids are UUIDs of model/element. A file
// each.
[[nodiscard]] Exported export_sigma(const ExportModels& models);

}  // namespace glacis::control
