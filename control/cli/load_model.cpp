#include "control/cli/load_model.h"

#include "control/cli/command.h"
#include "control/report/check.h"
#include "control/threat_model/compile.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {

std::optional<Model> load_model(const std::string& path, Console& console, int& code) {
  LoadedModels loaded = load_models({path});
  code = loaded.unreadable() ? kExitUsage : kExitFindings;
  if (!loaded.models.empty()) return std::move(loaded.models[0]);
  print_text(loaded.diagnostics, loaded.files, console.colour, console.err);
  return std::nullopt;
}

std::optional<std::vector<Model>> load_together(const std::vector<std::string>& paths, Console& console, int& code) {
  LoadedModels loaded = load_models(paths);
  code = loaded.unreadable() ? kExitUsage : kExitFindings;
  if (!has_errors(loaded.diagnostics)) {
    RuleIds ids;
    const auto policy = compile(loaded.models, "", ids, CompileFor::kCheck);
    if (policy) return std::move(loaded.models);
    loaded.diagnostics = policy.error();
  }
  print_text(loaded.diagnostics, loaded.files, console.colour, console.err);
  return std::nullopt;
}

}  // namespace glacis::control
