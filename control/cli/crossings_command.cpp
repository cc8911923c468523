#include <ostream>

#include "control/cli/command.h"
#include "control/cli/load_model.h"
#include "control/report/crossing_report.h"

namespace glacis::control {

int run_crossings_command(const Options& options, Console& console) {
  if (options.words.size() != 1) {
    console.err << "glacis crossings: name one model, such as: glacis crossings web-shop.yaml\n";
    return kExitUsage;
  }
  int code = kExitGood;
  const auto model = load_model(options.words[0], console, code);
  if (!model) return code;
  const Places places(*model);
  if (options.has("--json")) {
    print_crossings_json(places, console.out);
  } else if (options.has("--markdown")) {
    print_crossings_markdown(places, console.out);
  } else {
    print_crossings(places, console.out);
  }
  return kExitGood;
}

}  // namespace glacis::control
