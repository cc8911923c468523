// glacis status: who runs what, and is it keeping up.
#include <chrono>
#include <cstdlib>
#include <ostream>

#include "control/cli/call_report.h"
#include "control/cli/command.h"
#include "control/cli/fleet_text.h"
#include "control/cli/message_json.h"
#include "control/cli/terminal_text.h"
#include "glacis/v1/model.pb.h"
#include "glacis/v1/soc.pb.h"

namespace glacis::control {
namespace {

int64_t now_ns() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

// One object of both: {"sensors":[...],"stored_alerts":"7","models":[...]}.
std::string joined_json(const v1::GetFleetResponse& fleet, const v1::ListModelsResponse& models) {
  std::string out = to_json(fleet, EmptyFields::kWrite);
  out.back() = ',';
  return out + to_json(models, EmptyFields::kWrite).substr(1);
}

int show(ControlPlane& control, bool json, Console& console) {
  v1::GetFleetResponse fleet;
  if (const auto got = control.get_fleet(fleet); !got) {
    return report(got.error(), control.address(), console);
  }
  v1::ListModelsResponse models;
  const auto listed = control.list_models(models);
  // A SOC may see the fleet and not the models.
  const bool denied = !listed && listed.error().kind == CallFault::Kind::kDenied;
  if (!listed && !denied) return report(listed.error(), control.address(), console);
  if (json) {
    console.out << joined_json(fleet, models) << "\n";
  } else {
    print_sensors(fleet, now_ns(), console.colour, console.out);
    if (listed) print_models(models, console.out);
  }
  console.out.flush();
  if (denied) {
    console.err << "glacis status: the models are not shown: " << printable(listed.error().message) << "\n";
  }
  return kExitGood;
}

}  // namespace

int run_status_command(const Options& options, Console& console) {
  if (!options.words.empty()) {
    return report_usage("status", {"'" + options.words[0] + "' is one word too many", "", ""}, console);
  }
  const auto connection = connection_of(options, std::getenv("GLACIS_CONTROL"));
  if (!connection) return report_usage("status", connection.error(), console);
  auto control = ControlPlane::open(*connection);
  if (!control) return report_usage("status", control.error(), console);
  return show(*control, options.has("--json"), console);
}

}  // namespace glacis::control
