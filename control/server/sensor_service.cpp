// Sessions and alert delivery of sensors.
#include <memory>
#include <mutex>
#include <utility>

#include "control/server/ending_reactor.h"
#include "control/server/sensor_session.h"
#include "control/server/services.h"
#include "dataplane/base/plain_name.h"
#include "glacis/v1/sensor.grpc.pb.h"

namespace glacis::control {
namespace {

constexpr int kMostAlerts = 100;

// One stream of alerts: read a batch, commit it, acknowledge it, read the next. Owns itself until
// OnDone; a commit in flight shares it.
class Delivery final : public grpc::ServerBidiReactor<v1::DeliverRequest, v1::DeliverResponse> {
 public:
  static Delivery* open(Services& services, Caller caller) {
    const std::shared_ptr<Delivery> delivery(new Delivery(services, std::move(caller)));
    delivery->self_ = delivery;
    delivery->StartRead(&delivery->request_);
    return delivery.get();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    std::string fault = fault_of(request_);
    if (!fault.empty()) {
      return Finish({grpc::StatusCode::INVALID_ARGUMENT, std::move(fault)});
    }
    if (!may_speak_for(caller_, request_.sensor())) {
      return Finish(
          {grpc::StatusCode::PERMISSION_DENIED, "'" + caller_.id + "' may not speak for '" + request_.sensor() + "'"});
    }
    services_.alerts.append(rows_of(request_),
                            [self = self_](const Expected<void>& result) { self->committed(result); });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    StartRead(&request_);
  }

  void OnDone() override { const std::shared_ptr<Delivery> last = std::move(self_); }

 private:
  Delivery(Services& services, Caller caller) : services_(services), caller_(std::move(caller)) {}

  static std::string fault_of(const v1::DeliverRequest& request) {
    if (!is_plain_name(request.sensor())) return "sensor must be a name of 1 to 128 characters";
    if (!is_plain_name(request.spool())) return "spool must be a name of 1 to 128 characters";
    if (request.alerts_size() > kMostAlerts) return "at most 100 alerts in one message";
    uint64_t last = 0;
    for (const v1::Alert& alert : request.alerts()) {
      const std::string where = "alert " + std::to_string(alert.id().sequence()) + ": ";
      if (alert.id().sequence() <= last) return where + "sequences count up from 1";
      if (!alert.id().sensor().empty() && alert.id().sensor() != request.sensor()) {
        return where + "is of another sensor";
      }
      if (!alert.id().spool().empty() && alert.id().spool() != request.spool()) {
        return where + "is of another spool";
      }
      last = alert.id().sequence();
    }
    return "";
  }

  static std::vector<AlertRow> rows_of(v1::DeliverRequest& request) {
    std::vector<AlertRow> rows;
    for (v1::Alert& alert : *request.mutable_alerts()) {
      alert.mutable_id()->set_sensor(request.sensor());
      alert.mutable_id()->set_spool(request.spool());
      rows.push_back({request.sensor(), request.spool(), alert.id().sequence(), alert.key(), alert.revision(),
                      static_cast<int>(alert.severity()), alert.rule().model(), alert.rule().element(), alert.time_ns(),
                      alert.SerializeAsString()});
    }
    return rows;
  }

  void committed(const Expected<void>& result) {
    if (!result) {
      services_.log("alerts of " + request_.sensor() + " not stored: " + result.error().text());
      return Finish({grpc::StatusCode::UNAVAILABLE, result.error().text()});
    }
    response_.Clear();  // what another spool was told is not true of this one
    if (request_.alerts_size() != 0) {
      response_.set_committed(request_.alerts(request_.alerts_size() - 1).id().sequence());
    }
    response_.set_spool(request_.spool());
    StartWrite(&response_);
  }

  Services& services_;
  const Caller caller_;
  std::shared_ptr<Delivery> self_;
  v1::DeliverRequest request_;
  v1::DeliverResponse response_;
};

class SensorService final : public v1::SensorService::CallbackService {
 public:
  explicit SensorService(Services& services) : services_(services) {}

  grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* Session(
      grpc::CallbackServerContext* context) override {
    Caller caller;
    grpc::Status refusal;
    if (admit(services_, *context, Api::kSensors, caller, refusal)) {
      return SensorSession::open(services_, std::move(caller));
    }
    using Reactor = grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>;
    return new EndingReactor<Reactor>(refusal);
  }

  grpc::ServerBidiReactor<v1::DeliverRequest, v1::DeliverResponse>* Deliver(
      grpc::CallbackServerContext* context) override {
    Caller caller;
    grpc::Status refusal;
    if (admit(services_, *context, Api::kSensors, caller, refusal)) {
      return Delivery::open(services_, std::move(caller));
    }
    using Reactor = grpc::ServerBidiReactor<v1::DeliverRequest, v1::DeliverResponse>;
    return new EndingReactor<Reactor>(refusal);
  }

 private:
  Services& services_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_sensor_service(Services& services) {
  return std::make_unique<SensorService>(services);
}

}  // namespace glacis::control
