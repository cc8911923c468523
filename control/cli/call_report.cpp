#include "control/cli/call_report.h"

#include <ostream>

#include "control/cli/command.h"
#include "control/cli/terminal_text.h"

namespace glacis::control {

int report(const CallFault& fault, const std::string& address, Console& console) {
  const std::string why = printable(fault.message), where = printable(address);
  switch (fault.kind) {
    case CallFault::Kind::kAway:
      console.err << "glacis: the control plane at " << where << " is away: " << why << "\n"
                  << "  Is glacis-control running, and does it listen there?\n"
                  << "  Another address: --control ADDR, or the environment variable "
                     "GLACIS_CONTROL.\n";
      return kExitUnreachable;
    case CallFault::Kind::kBusy:
      console.err << "glacis: the control plane at " << where << " cannot do this now: " << why
                  << "\n  Its log says more; try again.\n";
      return kExitUnreachable;
    case CallFault::Kind::kDenied:
      console.err << "glacis: the control plane at " << where << " does not let you: " << why
                  << "\n  The role stands in your certificate: --tls-cert, --tls-key.\n";
      return kExitFindings;
    default:
      console.err << "glacis: refused by " << where << ": " << why << "\n";
      return kExitFindings;
  }
}

int report_usage(std::string_view command, const Error& error, Console& console) {
  console.err << "glacis " << command << ": " << printable(error.text()) << "\n";
  return kExitUsage;
}

}  // namespace glacis::control
