#include <chrono>
#include <ostream>

#include "control/cli/command.h"
#include "control/report/explain_report.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

int run_explain_command(const Options& options, Console& console) {
  ExplainOptions explain{options.all("--flow"), options.all("--rule"), options.all("--address"), now_s(),
                         options.has("--json")};
  if (options.words.empty() || (explain.flows.empty() && explain.rules.empty() && explain.addresses.empty())) {
    console.err << "glacis explain: name a model and what to explain: --flow '10.1.7.3 -> 10.4.0.5:5432', --rule NAME "
                   "or --address ADDR\n";
    return kExitUsage;
  }
  if (options.has("--at")) {
    const auto moment = moment_s(options.get("--at"));
    if (!moment) {
      console.err << "glacis explain: --at is 2029-03-31 or 2029-03-31T02:00, UTC, not '" << options.get("--at")
                  << "'\n";
      return kExitUsage;
    }
    explain.time_s = *moment;
  }
  return run_explain(options.words, explain, console.out, console.err);
}

}  // namespace glacis::control
