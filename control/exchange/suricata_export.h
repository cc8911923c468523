#pragma once

#include "control/exchange/exporter.h"

namespace glacis::control {

// Rules for Suricata 6 and later, numbered 1000000 to 1999999: never lines, data in clear, and paths of flow and
// content steps. What an exception or a carrying line lets pass is marked with a flowbit; steps of a path are joined by
// a bit of the host that they share (xbits; a flowbit holds within one flow only). One file of rules for each model.
[[nodiscard]] Exported export_suricata(const ExportModels& models);

}  // namespace glacis::control
