#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/exchange/draft.h"
#include "control/threat_model/diagnostic.h"

namespace glacis::control {

enum class ForeignFormat : uint8_t { kThreagile, kThreatDragon, kOtm, kTmt, kPytm, kTmBom, kThreatcl };

// As people write it: "threat-dragon".
[[nodiscard]] std::string_view name_of(ForeignFormat format);
[[nodiscard]] std::optional<ForeignFormat> format_called(std::string_view name);
// "threagile, threat-dragon, ..."
[[nodiscard]] std::string format_names();

// A foreign model as a draft of ours: it parses, and `check` at stage design passes.
struct ImportedModel {
  ForeignFormat format = ForeignFormat::kThreagile;
  Draft draft;
  std::string text;  // the model file
};

// Without a format it is recognised by what the file holds. Fails with the faults of the file: it cannot be read as its
// format, is none that is known, or has more than a draft holds. Nothing beside the file is read. Any thread.
[[nodiscard]] std::expected<ImportedModel, std::vector<Diagnostic>> import_model(
    const SourceFile& file, std::optional<ForeignFormat> format = std::nullopt);

}  // namespace glacis::control
