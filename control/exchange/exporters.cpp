#include "control/exchange/exporters.h"

#include <algorithm>

#include "control/exchange/nftables_export.h"
#include "control/exchange/otm_export.h"
#include "control/exchange/segments_csv_export.h"
#include "control/exchange/sigma_export.h"
#include "control/exchange/suricata_export.h"

namespace glacis::control {
namespace {

constexpr ExportTarget kTargets[] = {{"sigma", export_sigma},
                                     {"suricata", export_suricata},
                                     {"nftables", export_nftables},
                                     {"segments-csv", export_segments_csv},
                                     {"otm", export_otm, false}};

}  // namespace

std::span<const ExportTarget> export_targets() { return kTargets; }

const ExportTarget* export_target(std::string_view name) {
  const auto found = std::ranges::find(kTargets, name, &ExportTarget::name);
  return found == std::end(kTargets) ? nullptr : found;
}

}  // namespace glacis::control
