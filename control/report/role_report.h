#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "control/report/document.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// Who reads: the architect what changes and who owns it, the SOC what defenders will see, the risk owner what is
// accepted, what is late and how the cases compare.
enum class Role : uint8_t { kArchitect, kSoc, kRisk };

// A page for each role, of all models. Days are counted from `day_s`, the last second of a day in seconds since 1970,
// UTC. Every row names the file and line of its element. Any thread.
[[nodiscard]] Document role_document(std::span<const Model> models, std::span<const Role> roles, int64_t day_s);

// What comes of the models as items for an issue tracker (analysis/review_items.h). CSV: RFC 4180 with a header row,
// lines end with CRLF, lists are separated by spaces, no cell is a formula to a spreadsheet.
[[nodiscard]] std::string items_csv(std::span<const Model> models);
// Likewise, and the risk of each case: {"at", "items": [...], "cases": [...]}. Ends with a newline.
[[nodiscard]] std::string items_json(std::span<const Model> models, int64_t day_s);

}  // namespace glacis::control
