#pragma once

#include "control/exchange/exporter.h"

namespace glacis::control {

// Open Threat Model 0.2, one JSON file for each model: files of several models are not one file. Zones, assets, data,
// flows, abuse cases and controls; what OTM has no words for (addresses, ports) stands in `attributes`.
[[nodiscard]] Exported export_otm(const ExportModels& models);

}  // namespace glacis::control
