#pragma once

#include <span>
#include <string_view>

#include "control/exchange/exporter.h"

namespace glacis::control {

// What a model can be written as.
struct ExportTarget {
  std::string_view name;  // "sigma"
  Exported (*write)(const ExportModels& models);
  bool joins = true;  // its files one after the other are one file of the format
};

[[nodiscard]] std::span<const ExportTarget> export_targets();
// Null: none is called so.
[[nodiscard]] const ExportTarget* export_target(std::string_view name);

}  // namespace glacis::control
