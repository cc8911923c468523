#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "control/exchange/losses.h"
#include "control/threat_model/places.h"

namespace glacis::v1 {
class Policy;
class Rule;
}  // namespace glacis::v1

namespace glacis::control {

// Good models that compose, with what their policy says of each rule (sentence, owner, severity, ATT&CK). Borrows both.
// Thread: any.
class ExportModels {
 public:
  // `models` in the order of their ids; `policy` made of them for no tap.
  ExportModels(std::span<const Model> models, const v1::Policy& policy);

  [[nodiscard]] std::span<const Model> models() const { return models_; }
  [[nodiscard]] const Places& places(const Model& model) const { return places_.at(&model); }
  // The element must be a rule: never/..., flows/..., data/..., abuse/..., boundaries/...
  [[nodiscard]] const v1::Rule& rule(const Model& model, const std::string& element) const;

 private:
  std::span<const Model> models_;
  std::map<const Model*, Places> places_;
  std::map<std::pair<std::string, std::string>, const v1::Rule*> rules_;
};

// One file; files one after the other are a file of the same format too, unless the exporter says otherwise.
struct ExportFile {
  std::string name;  // letters, digits, - _ . only
  std::string text;
};

// Exporters are pure and deterministic; names and sentences are hostile and escaped for the format.
struct Exported {
  std::vector<ExportFile> files;
  Losses losses;
};

// "web-shop.yaml:56".
[[nodiscard]] std::string line_text(const v1::Rule& rule);
// "critical", "high", "medium", "low", "info".
[[nodiscard]] std::string severity_word(const v1::Rule& rule);

}  // namespace glacis::control
