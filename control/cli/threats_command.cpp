#include <ostream>

#include "control/cli/command.h"
#include "control/cli/load_model.h"
#include "control/report/threat_report.h"

namespace glacis::control {

int run_threats_command(const Options& options, Console& console) {
  if (options.has("--conditions")) {
    print_conditions(console.out);
    return kExitGood;
  }
  if (options.words.size() != 1) {
    console.err << "glacis threats: name one model, such as: glacis threats web-shop.yaml\n";
    return kExitUsage;
  }
  int code = kExitGood;
  const auto model = load_model(options.words[0], console, code);
  if (!model) return code;
  const std::vector<Threat> found = threats(Places(*model));
  if (options.has("--json")) {
    print_threats_json(found, console.out);
  } else if (options.has("--markdown")) {
    print_threats_markdown(found, console.out);
  } else {
    print_threats(found, console.colour, console.out);
  }
  return kExitGood;
}

}  // namespace glacis::control
