#include "control/cli/load_model.h"

#include "control/cli/command.h"
#include "control/report/check.h"

namespace glacis::control {

std::optional<Model> load_model(const std::string& path, Console& console, int& code) {
  LoadedModels loaded = load_models({path});
  code = loaded.unreadable() ? kExitUsage : kExitFindings;
  if (!loaded.models.empty()) return std::move(loaded.models[0]);
  print_text(loaded.diagnostics, loaded.files, console.colour, console.err);
  return std::nullopt;
}

}  // namespace glacis::control
