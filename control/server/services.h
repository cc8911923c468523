#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "control/rollout/active_models.h"
#include "control/rollout/rollout.h"
#include "control/server/access.h"
#include "control/store/alert_log.h"
#include "control/store/bell.h"
#include "control/store/task_thread.h"

namespace grpc {
class ServerContextBase;
class Service;
class Status;
}  // namespace grpc

namespace glacis::control {

// What the gRPC services work on. Nothing in here blocks a callback: the store and the compiler live
// on threads of their own.
struct Services {
  ModelStore& model_store;  // on `writer`
  AlertLog& alerts;
  Rollout& rollout;
  ActiveModels& models;  // on `compiler`
  TaskThread& writer;
  TaskThread& compiler;
  Bell& heartbeat;  // rings when subscribers are owed a sign of life
  std::function<int64_t()> now_ns;
  std::function<void(const std::string&)> log;
  std::string trust_domain;
  bool tls = false;
};

// The caller, if the table lets it call this service; else the status to end the call with.
[[nodiscard]] bool admit(const Services& services, const grpc::ServerContextBase& context, Api api, Caller& caller,
                         grpc::Status& refusal);

[[nodiscard]] std::unique_ptr<grpc::Service> make_sensor_service(Services& services);
[[nodiscard]] std::unique_ptr<grpc::Service> make_model_service(Services& services);
[[nodiscard]] std::unique_ptr<grpc::Service> make_alert_service(Services& services);
[[nodiscard]] std::unique_ptr<grpc::Service> make_fleet_service(Services& services);

}  // namespace glacis::control
