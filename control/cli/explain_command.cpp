#include <chrono>
#include <optional>
#include <ostream>

#include "control/cli/command.h"
#include "control/report/explain_report.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// "2026-11-26T02:00", or the end of "2026-11-26"; UTC.
std::optional<int64_t> moment_s(const std::string& text) {
  constexpr int64_t kDay_s = 86'400, kMinute_s = 60;
  const size_t t = text.find('T');
  const auto end = end_of_date_s(text.substr(0, t));
  if (!end || t == std::string::npos) return end;
  const auto hours = hours_span(text.substr(t + 1) + "-24:00");
  return hours ? std::optional(*end + 1 - kDay_s + hours->start_minute * kMinute_s) : std::nullopt;
}

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
