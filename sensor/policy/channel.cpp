#include "sensor/policy/channel.h"

#include <grpcpp/grpcpp.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>

namespace glacis::sensor {
namespace {

constexpr int kKeepaliveMs = 30'000, kKeepaliveAnswerMs = 10'000;

bool is_socket(const std::string& address) {
  return address.starts_with("unix:") || address.starts_with("unix-abstract:");
}

Expected<std::string> read_pem(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("cannot open the file", path, "named by control.tls");
  std::ostringstream bytes;
  bytes << in.rdbuf();  // reads nothing of a folder, where a stream's iterators would throw
  std::string text = std::move(bytes).str();
  if (text.find("-----BEGIN ") == std::string::npos) return fail("is not a PEM file", path, "named by control.tls");
  return text;
}

Expected<std::shared_ptr<grpc::ChannelCredentials>> credentials(const ChannelOptions& options) {
  const int given = !options.ca_file.empty() + !options.cert_file.empty() + !options.key_file.empty();
  if (given == 0) {
    if (is_local(options.address)) return grpc::InsecureChannelCredentials();
    return fail("plaintext goes to loopback or a Unix socket only", options.address,
                "give control.tls: {ca, cert, key}");
  }
  if (given != 3) return fail("TLS needs ca, cert and key", options.address, "all three, or none on loopback");
  grpc::SslCredentialsOptions ssl;
  auto ca = read_pem(options.ca_file);
  if (!ca) return std::unexpected(ca.error());
  auto cert = read_pem(options.cert_file);
  if (!cert) return std::unexpected(cert.error());
  auto key = read_pem(options.key_file);
  if (!key) return std::unexpected(key.error());
  ssl.pem_root_certs = std::move(*ca);
  ssl.pem_cert_chain = std::move(*cert);
  ssl.pem_private_key = std::move(*key);
  return grpc::SslCredentials(ssl);
}

// Else gRPC would ask DNS for it, with a port of its own, for ever.
bool well_formed(const std::string& address) {
  if (is_socket(address)) return address.back() != ':';
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const bool one_colon = address.find(':') == colon;
  if (!one_colon && (address.front() != '[' || address[colon - 1] != ']')) return false;
  uint16_t port = 0;
  const char* end = address.data() + address.size();
  const auto read = std::from_chars(address.data() + colon + 1, end, port);
  return read.ec == std::errc() && read.ptr == end && port != 0;
}

}  // namespace

bool is_local(const std::string& address) {
  if (is_socket(address)) return true;
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "::1" || host == "localhost") return true;
  // 127.0.0.0/8 as four numbers: a name such as 127.example.org is none.
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

Expected<std::shared_ptr<grpc::Channel>> open_channel(const ChannelOptions& options) {
  if (options.address.empty()) return fail("an address is needed", "control.address");
  if (!well_formed(options.address)) {
    return fail("is no address of a control plane", options.address, "HOST:PORT, [IPV6]:PORT or unix:PATH");
  }
  auto with = credentials(options);
  if (!with) return std::unexpected(with.error());
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveAnswerMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Our own waits space the attempts; gRPC's must not stretch them to minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  // A channel of its own: a broken one is not shared through gRPC's global pool.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(options.address, *with, arguments);
}

}  // namespace glacis::sensor
