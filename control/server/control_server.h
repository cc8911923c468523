#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/server/tls_files.h"
#include "control/store/alert_store.h"
#include "control/store/model_store.h"
#include "dataplane/base/error.h"

namespace glacis::control {

struct ServerOptions {
  std::vector<std::string> listen;  // see ListenAddress; port 0 takes a free one
  TlsFiles tls;
  std::function<int64_t()> now_ns;  // Unix time
  std::function<void(const std::string&)> log;
};

// The control plane: gRPC services over the stores. Owns its threads; the stores outlive it and are
// its alone. Thread: one; tick() any.
class ControlServer {
 public:
  // Faults: an address that may not be served in plaintext, is in use or makes no sense; certificates
  // that cannot be read; a store that cannot be read.
  [[nodiscard]] static Expected<std::unique_ptr<ControlServer>> start(const ServerOptions& options, ModelStore& models,
                                                                      AlertStore& alerts);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // As bound, in the order of `listen`.
  [[nodiscard]] const std::vector<std::string>& addresses() const;
  // Subscribers get a heartbeat.
  void tick();
  // Ends all calls; what was received is stored and answered first.
  void stop();

 private:
  class Implementation;
  explicit ControlServer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace glacis::control
