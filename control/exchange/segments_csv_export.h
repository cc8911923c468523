#pragma once

#include "control/exchange/exporter.h"

namespace glacis::control {

// What may pass between zones as a table (RFC 4180, lines end with LF), for those who write another firewall's rules:
// from, to, proto, ports, action, line, and then element, except, from_addr, to_addr, says. Rows are in the order of
// judgement: the first that holds decides, where a deny row does not hold for the flows lines in `except`; the last one
// denies the rest. No cell is a formula to a spreadsheet.
[[nodiscard]] Exported export_segments_csv(const ExportModels& models);

}  // namespace glacis::control
