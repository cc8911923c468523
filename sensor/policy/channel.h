#pragma once

#include <memory>
#include <string>

#include "dataplane/base/error.h"

namespace grpc {
class Channel;
}

namespace glacis::sensor {

struct ChannelOptions {
  std::string address;                       // "127.0.0.1:7443", "[::1]:7443", "unix:/run/glacis.sock", "name:port"
  std::string ca_file, cert_file, key_file;  // all three or none
};

// A connection to the control plane, kept alive (ping after 30 s, lost after 10 s without an answer).
// Without TLS only to loopback or a Unix socket. Fails on such an address, on an unreadable or empty
// file and on a half-given TLS; never because nobody listens: gRPC connects later, again and again.
[[nodiscard]] Expected<std::shared_ptr<grpc::Channel>> open_channel(const ChannelOptions& options);

// Whether plaintext may be spoken to it: a literal loopback address, localhost or a Unix socket.
[[nodiscard]] bool is_local(const std::string& address);

}  // namespace glacis::sensor
