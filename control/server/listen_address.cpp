#include "control/server/listen_address.h"

#include <arpa/inet.h>

#include <charconv>

namespace glacis::control {
namespace {

constexpr const char* kHint = "127.0.0.1:7443, [::1]:7443 or unix:/run/glacis-control/control.sock";

// By number or the one name that every machine resolves to itself.
bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

Expected<ListenAddress> parse_listen_address(const std::string& text) {
  if (text.starts_with("unix:")) {
    const std::string path = text.substr(5);
    if (path.empty()) return fail("no path", text, kHint);
    if (path.size() > 107) return fail("a socket's path has at most 107 bytes", text, kHint);
    return ListenAddress{text, path, 0, Reach::kUnixSocket};
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return fail("no host and port", text, kHint);
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return fail("an IPv6 address stands in brackets", text, kHint);
  }
  const std::string digits = text.substr(colon + 1);
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return fail("'" + digits + "' is no port", text, kHint);
  }
  return ListenAddress{text, host, port, is_loopback(host) ? Reach::kLoopback : Reach::kNetwork};
}

Expected<Transport> transport_for(const ListenAddress& address, bool tls_configured) {
  if (address.reach == Reach::kUnixSocket) return Transport::kPlaintext;
  if (tls_configured) return Transport::kTls;
  if (address.reach == Reach::kLoopback) return Transport::kPlaintext;
  return fail("plaintext is served on loopback or a Unix socket only", address.text,
              "configure tls: {cert, key, ca}, or listen on 127.0.0.1 or unix:PATH");
}

}  // namespace glacis::control
