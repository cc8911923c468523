#pragma once

#include <string>
#include <vector>

#include "control/cli/options.h"
#include "dataplane/base/error.h"

namespace glacis::control {

// How to reach the control plane.
struct Connection {
  std::string address;                       // "127.0.0.1:7443", "unix:/run/glacis/control.sock"
  std::string ca_file, cert_file, key_file;  // all three or none
};

// A command's own options and those of the connection.
[[nodiscard]] std::vector<OptionSpec> with_connection(std::vector<OptionSpec> own);

// --control, else `environment` (the value of GLACIS_CONTROL; may be null), else 127.0.0.1:7443.
// Faults: no address, plaintext to the network, some of the three TLS files, TLS on a Unix socket.
[[nodiscard]] Expected<Connection> connection_of(const Options& options, const char* environment);

}  // namespace glacis::control
