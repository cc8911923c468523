#pragma once

#include <string>
#include <vector>

#include "control/server/tls_files.h"
#include "dataplane/base/error.h"

namespace glacis::control {

// An address to listen on and where it was said, for messages: "control.yaml:3:11" or "--listen".
struct ListenEntry {
  std::string address, where;
};

// control.yaml, or the same from a command line. Read once; nothing else reads YAML or the
// environment.
struct ControlConfig {
  std::vector<ListenEntry> listen = {{"127.0.0.1:7443", "default"}};
  std::string state_directory = "/var/lib/glacis-control";
  TlsFiles tls;
  std::string tls_where = "tls";

  // All that contradicts itself or may not be served.
  [[nodiscard]] std::vector<Error> validate() const;
};

// Keys that are not there keep their defaults; unknown ones are faults, with a suggestion. Adds
// every fault of the file to `faults`, each with file:line:column; what validate() says is not
// among them, because a command line may still have its say.
[[nodiscard]] ControlConfig parse_control_config(const std::string& text, const std::string& file,
                                                 std::vector<Error>& faults);
[[nodiscard]] ControlConfig load_control_config(const std::string& file, std::vector<Error>& faults);

}  // namespace glacis::control
