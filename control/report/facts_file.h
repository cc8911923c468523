#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "control/analysis/gate.h"

namespace glacis::control {

// What traffic has shown, as JSON: {"facts": [{"model": "shop", "id": "R1", "state": "verified", "when": "2026-11-20",
// "by": "10.1.7.3 -> 10.4.0.5:5432"}]}. `model` may be missing when there is one; `when` is a day, or a moment such as
// 2026-11-20T10:15:00Z; a requirement is verified, refuted or untested, an assumption confirmed, refuted or untested.
// Fails on all else, with what is wrong and where: unknown keys, ids that no model has, an id twice. The text is
// hostile. Any thread.
[[nodiscard]] std::expected<std::vector<TrafficFact>, std::string> parse_facts(const std::string& text,
                                                                               std::span<const Model> models);
// As a JSON Schema (draft-07); which ids there are only the models know. Ends with a newline.
[[nodiscard]] std::string facts_schema();

inline constexpr size_t kMostFactBytes = 4u << 20;

}  // namespace glacis::control
