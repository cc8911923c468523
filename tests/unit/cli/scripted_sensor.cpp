#include "tests/unit/cli/scripted_sensor.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "glacis/v1/sensor.grpc.pb.h"

namespace glacis::control {
namespace {

std::unique_ptr<v1::SensorService::Stub> stub_to(const std::string& address) {
  return v1::SensorService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
}

v1::PolicyStatus status_of(const v1::PolicyOffer& offer, v1::PolicyState state) {
  v1::PolicyStatus out;
  out.set_nonce(offer.nonce());
  out.set_state(state);
  out.set_version(offer.version());
  out.set_digest(offer.digest());
  out.set_warm_ns(41'000'000);
  if (state == v1::POLICY_STATE_ACTIVE) {
    out.set_version_in_use(offer.version());
    out.set_digest_in_use(offer.digest());
    out.mutable_swap()->set_longest_pause_ns(200'000);
  }
  if (state == v1::POLICY_STATE_REJECTED) {
    v1::PolicyError& first = *out.add_errors();
    first.set_field("features");
    first.set_reason("unknown feature 'apps'");
    out.add_errors()->set_reason("too many patterns");
  }
  return out;
}

}  // namespace

ScriptedSensor::ScriptedSensor(const std::string& address, const std::string& name, const std::string& tap,
                               PolicyAnswer answer)
    : context_(std::make_unique<grpc::ClientContext>()),
      thread_([=, this] { run(address, name, tap, answer, nullptr); }) {}

ScriptedSensor::ScriptedSensor(const std::string& address, const std::string& name, const std::string& tap,
                               PolicyAnswer answer, const v1::Heartbeat& heartbeat)
    : context_(std::make_unique<grpc::ClientContext>()),
      heartbeat_(std::make_unique<v1::Heartbeat>(heartbeat)),
      thread_([=, this] { run(address, name, tap, answer, heartbeat_.get()); }) {}

ScriptedSensor::~ScriptedSensor() {
  context_->TryCancel();
  thread_.join();
}

void ScriptedSensor::run(const std::string& address, const std::string& name, const std::string& tap,
                         PolicyAnswer answer, const v1::Heartbeat* heartbeat) {
  const auto stub = stub_to(address);
  const auto stream = stub->Session(context_.get());
  v1::SessionRequest request;
  request.mutable_hello()->set_sensor(name);
  if (!tap.empty()) request.mutable_hello()->add_taps(tap);
  stream->Write(request);
  if (heartbeat != nullptr) {
    *request.mutable_heartbeat() = *heartbeat;
    stream->Write(request);
  }
  v1::SessionResponse response;
  while (stream->Read(&response)) {
    if (!response.offer().last() || answer == PolicyAnswer::kNothing) continue;
    const auto say = [&](v1::PolicyState state) {
      *request.mutable_policy_status() = status_of(response.offer(), state);
      stream->Write(request);
    };
    if (answer == PolicyAnswer::kReject) {
      say(v1::POLICY_STATE_REJECTED);
    } else {
      say(v1::POLICY_STATE_WARMED);
      say(v1::POLICY_STATE_ACTIVE);
    }
  }
  stream->Finish();
}

void deliver(const std::string& address, const std::string& sensor, const std::vector<v1::Alert>& alerts) {
  const auto stub = stub_to(address);
  grpc::ClientContext context;
  const auto stream = stub->Deliver(&context);
  v1::DeliverRequest request;
  request.set_sensor(sensor);
  request.set_spool("live");
  for (const v1::Alert& alert : alerts) *request.add_alerts() = alert;
  stream->Write(request);
  v1::DeliverResponse response;
  EXPECT_TRUE(stream->Read(&response)) << "not acknowledged";
  stream->WritesDone();
  stream->Finish();
}

}  // namespace glacis::control
