#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/report/coverage_report.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

Json technique_of(const TechniqueUse& use, Techniques which) {
  const auto score = which == Techniques::kThreat ? use.severity : static_cast<uint32_t>(use.from.size());
  Json metadata = Json::array();
  std::vector<std::string> elements;
  for (const TechniqueUse::From& from : use.from) {
    elements.push_back(from.element);
    metadata.push_back({{"name", from.element}, {"value", from.says.empty() ? "-" : printable(from.says)}});
  }
  return {{"techniqueID", use.id},
          {"score", score},
          {"comment", joined(elements)},
          {"enabled", true},
          {"metadata", std::move(metadata)}};
}

Json gradient_of(const Json& techniques, Techniques which) {
  constexpr int kMostSeverity = 5;
  if (which == Techniques::kThreat)
    return {{"colors", {"#ffffff", "#ffd166", "#d62828"}}, {"minValue", 0}, {"maxValue", kMostSeverity}};
  uint32_t most = 1;
  for (const Json& technique : techniques) most = std::max(most, technique["score"].get<uint32_t>());
  return {{"colors", {"#e8f5e9", "#2e7d32"}}, {"minValue", 0}, {"maxValue", most}};
}

}  // namespace

std::string navigator_layer(std::span<const Coverage> models, Techniques which) {
  std::vector<std::string> names;
  for (const Coverage& model : models) names.push_back(model.model->id);
  Json techniques = Json::array();
  for (const TechniqueUse& use : techniques_of(models, which)) techniques.push_back(technique_of(use, which));
  const bool threat = which == Techniques::kThreat;
  Json gradient = gradient_of(techniques, which);
  const Json out = {
      {"name", joined(names) + (threat ? ": threat" : ": coverage")},
      {"versions", {{"attack", "16"}, {"navigator", "5.1.0"}, {"layer", "4.5"}}},
      {"domain", "enterprise-attack"},
      {"description", threat ? "Techniques that the threat model names. Score: the worst severity, 1 to 5."
                             : "Techniques of enforced steps and never lines. Score: how many of them alert."},
      {"layout", {{"layout", "side"}, {"showID", true}, {"expandedSubtechniques", "annotated"}}},
      {"techniques", std::move(techniques)},
      {"gradient", std::move(gradient)}};
  return out.dump(2) + "\n";
}

}  // namespace glacis::control
