#include <grpcpp/grpcpp.h>

#include <memory>

#include "control/server/services.h"
#include "glacis/v1/soc.grpc.pb.h"

namespace glacis::control {
namespace {

class FleetService final : public v1::FleetService::CallbackService {
 public:
  explicit FleetService(Services& services) : services_(services) {}

  grpc::ServerUnaryReactor* GetFleet(grpc::CallbackServerContext* context, const v1::GetFleetRequest*,
                                     v1::GetFleetResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    Caller caller;
    grpc::Status status;
    if (admit(services_, *context, Api::kFleet, caller, status)) fill(*response);
    reactor->Finish(status);
    return reactor;
  }

 private:
  void fill(v1::GetFleetResponse& response) {
    response.set_stored_alerts(services_.alerts.stored());
    for (const SensorView& view : services_.rollout.fleet()) {
      v1::SensorState& out = *response.add_sensors();
      out.set_sensor(view.name);
      if (!view.tap.empty()) out.add_taps(view.tap);
      out.set_connected(view.connected);
      out.set_last_heard_ns(view.last_heard_ns);
      out.set_software_version(view.software_version);
      if (view.heartbeat) *out.mutable_heartbeat() = *view.heartbeat;
      if (view.status) *out.mutable_policy() = *view.status;
      out.set_desired_version(view.desired_version);
      out.set_desired_digest(view.desired_digest);
    }
  }

  Services& services_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_fleet_service(Services& services) {
  return std::make_unique<FleetService>(services);
}

}  // namespace glacis::control
