#include "control/cli/connection.h"

#include "control/server/listen_address.h"

namespace glacis::control {
namespace {

constexpr const char* kDefaultAddress = "127.0.0.1:7443";
constexpr const char* kAddressHint = "--control 127.0.0.1:7443, [::1]:7443, control.example:7443 or unix:PATH";

Expected<void> check_transport(const ListenAddress& address, bool tls) {
  if (tls && address.reach == Reach::kUnixSocket) {
    return fail("a Unix socket is always plaintext", address.text, "leave out the --tls options, or name HOST:PORT");
  }
  // The server's rule; what to do about it is another thing here.
  if (transport_for(address, tls)) return {};
  return fail("plaintext goes to loopback or a Unix socket only", address.text,
              "give --tls-ca, --tls-cert and --tls-key");
}

}  // namespace

std::vector<OptionSpec> with_connection(std::vector<OptionSpec> own) {
  for (const OptionSpec& option : {
           OptionSpec{"--control", "ADDR", "HOST:PORT or unix:PATH (default: $GLACIS_CONTROL, else 127.0.0.1:7443)"},
           OptionSpec{"--tls-ca", "FILE", "PEM of who signed the control plane's certificate"},
           OptionSpec{"--tls-cert", "FILE", "PEM of your certificate; it names your role"},
           OptionSpec{"--tls-key", "FILE", "PEM of its key; needed beyond loopback, all three"},
       }) {
    own.push_back(option);
  }
  return own;
}

Expected<Connection> connection_of(const Options& options, const char* environment) {
  const bool from_environment = environment != nullptr && *environment != '\0';
  Connection out{options.get("--control", from_environment ? environment : kDefaultAddress), options.get("--tls-ca"),
                 options.get("--tls-cert"), options.get("--tls-key")};
  auto address = parse_listen_address(out.address);
  if (!address) {
    address.error().hint = kAddressHint;
    return std::unexpected(address.error());
  }
  if (address->reach != Reach::kUnixSocket && address->port == 0) {
    return fail("port 0 is no place to connect to", out.address, kAddressHint);
  }
  const int given = !out.ca_file.empty() + !out.cert_file.empty() + !out.key_file.empty();
  if (given != 0 && given != 3) {
    return fail("TLS needs three files", out.address, "--tls-ca, --tls-cert and --tls-key");
  }
  if (const auto allowed = check_transport(*address, given == 3); !allowed) {
    return std::unexpected(allowed.error());
  }
  return out;
}

}  // namespace glacis::control
