#pragma once

#include <gmock/gmock.h>

#include "control/exchange/exporters.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {

// Models written one way; they must be good.
class ExportedModels {
 public:
  ExportedModels(const std::vector<std::string>& texts, const std::string& to) {
    for (const std::string& text : texts) models_.push_back(good(text));
    std::ranges::sort(models_, {}, &Model::id);
    RuleIds ids;
    const auto policy = compile(models_, "", ids, CompileFor::kCheck);
    EXPECT_TRUE(policy) << (policy ? "" : told(policy.error()));
    if (!policy) return;
    Exported exported = export_target(to)->write(ExportModels(models_, *policy));
    for (const ExportFile& file : exported.files) text_ += file.text;
    files_ = std::move(exported.files);
    losses_ = exported.losses.list();
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<ExportFile>& files() const { return files_; }
  // "element: what", a line each.
  [[nodiscard]] std::string losses() const {
    std::string out;
    for (const Loss& loss : losses_) out += loss.element + ": " + loss.what + "\n";
    return out;
  }

 private:
  std::vector<Model> models_;
  std::vector<ExportFile> files_;
  std::string text_;
  std::vector<Loss> losses_;
};

// Of the small model and these sections.
inline ExportedModels exported(const std::string& more, const std::string& to) { return {{small_model(more)}, to}; }

}  // namespace glacis::control
