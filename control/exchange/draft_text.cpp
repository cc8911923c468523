#include "control/exchange/draft_text.h"

#include "control/exchange/yaml_text.h"

namespace glacis::control {
namespace {

std::string keys_text(const DraftElement& element) {
  std::string out;
  for (const auto& [key, value] : element.keys) out += (out.empty() ? "" : ", ") + key + ": " + value;
  return "{" + out + "}";
}

}  // namespace

std::string draft_text(const Draft& draft, std::string_view format, std::string_view file) {
  std::string out = "# Draft, imported from " + draft_line(file, 120) + " (" + std::string(format) +
                    "). Guesses and what is missing stand in the import's list.\nglacis: 1\nmodel:\n";
  for (const auto& [key, value] : draft.header().keys) out += "  " + key + ": " + value + "\n";
  for (size_t i = 0; i < kSectionNames.size(); ++i) {
    const auto& elements = draft.of(static_cast<Section>(i));
    if (!elements.empty()) out += "\n" + std::string(kSectionNames[i]) + ":\n";
    for (const DraftElement& element : elements)
      out += "  " + yaml_scalar(element.id) + ": " + keys_text(element) + "\n";
  }
  return out;
}

}  // namespace glacis::control
