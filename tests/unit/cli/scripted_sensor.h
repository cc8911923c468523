#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace grpc {
class ClientContext;
}
namespace glacis::v1 {
class Alert;
class Heartbeat;
}  // namespace glacis::v1

namespace glacis::control {

enum class PolicyAnswer { kActivate, kReject, kNothing };

// A sensor as the control plane sees one: says hello, answers each policy as the script wants,
// sends a heartbeat. Lives until it is destroyed or the server ends its stream.
class ScriptedSensor {
 public:
  ScriptedSensor(const std::string& address, const std::string& name, const std::string& tap, PolicyAnswer answer);
  ScriptedSensor(const std::string& address, const std::string& name, const std::string& tap, PolicyAnswer answer,
                 const v1::Heartbeat& heartbeat);
  ~ScriptedSensor();

 private:
  void run(const std::string& address, const std::string& name, const std::string& tap, PolicyAnswer answer,
           const v1::Heartbeat* heartbeat);
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<v1::Heartbeat> heartbeat_;
  std::thread thread_;
};

// Delivers alerts as sensor `sensor`; returns when they are stored.
void deliver(const std::string& address, const std::string& sensor, const std::vector<v1::Alert>& alerts);

}  // namespace glacis::control
