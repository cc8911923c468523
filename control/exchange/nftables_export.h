#pragma once

#include "control/exchange/exporter.h"

namespace glacis::control {

// One nftables ruleset of all models together (Linux 5.x, nft 1.0): what is forwarded between zones is denied unless a
// flows line lets it through; never lines come first. A set for each zone and asset that is named, IPv4 and IPv6 apart.
// Loading it replaces the table `inet glacis` and nothing else.
[[nodiscard]] Exported export_nftables(const ExportModels& models);

}  // namespace glacis::control
