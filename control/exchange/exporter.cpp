#include "control/exchange/exporter.h"

#include "control/exchange/one_line.h"
#include "control/threat_model/vocabulary.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {

ExportModels::ExportModels(std::span<const Model> models, const v1::Policy& policy) : models_(models) {
  for (const Model& model : models) places_.emplace(&model, model);
  for (const v1::Rule& rule : policy.rules()) rules_.emplace(std::pair(rule.model(), rule.element()), &rule);
}

const v1::Rule& ExportModels::rule(const Model& model, const std::string& element) const {
  return *rules_.at({model.id, element});
}

std::string line_text(const v1::Rule& rule) {
  return one_line(rule.line().file()) + ":" + std::to_string(rule.line().line());
}

std::string severity_word(const v1::Rule& rule) {
  return std::string(words_of(Vocabulary::kSeverity)[static_cast<size_t>(rule.severity()) - 1].text);
}

}  // namespace glacis::control
