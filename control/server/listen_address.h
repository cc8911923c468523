#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/error.h"

namespace glacis::control {

enum class Reach : uint8_t { kUnixSocket, kLoopback, kNetwork };

// "127.0.0.1:7443", "[::1]:0", "control.example:7443", "unix:/run/glacis-control/control.sock".
struct ListenAddress {
  std::string text;  // as gRPC takes it
  std::string host;  // or the socket's path
  uint16_t port = 0;
  Reach reach = Reach::kNetwork;
};

enum class Transport : uint8_t { kPlaintext, kTls };

[[nodiscard]] Expected<ListenAddress> parse_listen_address(const std::string& text);
// Plaintext on anything but loopback or a Unix socket is refused; a Unix socket is always plaintext.
[[nodiscard]] Expected<Transport> transport_for(const ListenAddress& address, bool tls_configured);

}  // namespace glacis::control
