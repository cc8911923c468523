#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/server/control_server.h"
#include "control/store/memory_store.h"
#include "glacis/v1/model.grpc.pb.h"
#include "glacis/v1/sensor.grpc.pb.h"
#include "glacis/v1/soc.grpc.pb.h"

namespace glacis::control {

constexpr int64_t kNow_ns = 1'700'000'000'000'000'000;

// A call that does not come back fails the test instead of hanging it; nothing waits for this.
struct ClientCall : grpc::ClientContext {
  ClientCall() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60)); }
};

inline ServerOptions options_for(std::vector<std::string> listen, TlsFiles tls = {}) {
  return {std::move(listen), std::move(tls), [] { return kNow_ns; }, [](const std::string&) {}};
}

inline std::shared_ptr<grpc::Channel> connect(
    const std::string& address,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials = grpc::InsecureChannelCredentials()) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // no connection is shared between tests
  if (address.starts_with("127.")) arguments.SetSslTargetNameOverride("localhost");
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

// A control plane on a port of its own, and stubs that call it in plaintext.
template <class Store>
class ControlFixture : public testing::Test {
 protected:
  void start() {
    auto server = ControlServer::start(options_for({"127.0.0.1:0"}), *store_, *store_);
    ASSERT_TRUE(server.has_value()) << server.error().text();
    server_ = std::move(*server);
    channel_ = connect(server_->addresses().at(0));
    sensors_ = v1::SensorService::NewStub(channel_);
    models_ = v1::ModelService::NewStub(channel_);
    alerts_ = v1::AlertService::NewStub(channel_);
    fleet_ = v1::FleetService::NewStub(channel_);
  }
  v1::GetFleetResponse fleet() {
    ClientCall call;
    v1::GetFleetResponse response;
    const grpc::Status status = fleet_->GetFleet(&call, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::unique_ptr<Store> store_;
  std::unique_ptr<ControlServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::SensorService::Stub> sensors_;
  std::unique_ptr<v1::ModelService::Stub> models_;
  std::unique_ptr<v1::AlertService::Stub> alerts_;
  std::unique_ptr<v1::FleetService::Stub> fleet_;
};

class MemoryControl : public ControlFixture<MemoryStore> {
 protected:
  MemoryControl() { store_ = std::make_unique<MemoryStore>(); }
};

inline v1::Alert alert(uint64_t sequence, v1::Severity severity = v1::SEVERITY_HIGH,
                       const std::string& element = "never/n-ws-db") {
  v1::Alert out;
  out.mutable_id()->set_sequence(sequence);
  out.set_key("k" + std::to_string(sequence));
  out.set_revision(1);
  out.set_severity(severity);
  out.mutable_rule()->set_model("web-shop");
  out.mutable_rule()->set_element(element);
  return out;
}

// One stream of alerts of one sensor.
class AlertDelivery {
 public:
  explicit AlertDelivery(v1::SensorService::Stub& stub, std::string sensor = "core-1")
      : sensor_(std::move(sensor)), stream_(stub.Deliver(&call_)) {}
  void send(const std::vector<v1::Alert>& alerts, const std::string& spool = "s1") {
    v1::DeliverRequest request;
    request.set_sensor(sensor_);
    request.set_spool(spool);
    for (const v1::Alert& a : alerts) *request.add_alerts() = a;
    send(request);
  }
  void send(const v1::DeliverRequest& request) { (void)stream_->Write(request); }
  // What is acknowledged; nothing when the stream has ended.
  std::optional<v1::DeliverResponse> answer() {
    v1::DeliverResponse response;
    if (!stream_->Read(&response)) return std::nullopt;
    return response;
  }
  // Sends and waits until it is stored.
  void deliver(const std::vector<v1::Alert>& alerts, const std::string& spool = "s1") {
    send(alerts, spool);
    const auto acknowledged = answer();
    ASSERT_TRUE(acknowledged.has_value()) << stream_->Finish().error_message();
    EXPECT_EQ(acknowledged->committed(), alerts.empty() ? 0 : alerts.back().id().sequence());
  }
  grpc::Status end() {
    stream_->WritesDone();
    return stream_->Finish();
  }

 private:
  ClientCall call_;
  const std::string sensor_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::DeliverRequest, v1::DeliverResponse>> stream_;
};

// A policy as it came, put together.
struct ReceivedPolicy {
  uint64_t nonce = 0, version = 0;
  std::string digest, bytes;
  size_t pieces = 0, largest_piece = 0;
};

// One session of a sensor.
class SensorStream {
 public:
  explicit SensorStream(v1::SensorService::Stub& stub) : stream_(stub.Session(&call_)) {}
  void hello(const std::string& sensor, const std::string& tap = "t-core", uint64_t highest = 0,
             const std::string& running = "") {
    v1::SessionRequest request;
    v1::Hello& hello = *request.mutable_hello();
    hello.set_sensor(sensor);
    if (!tap.empty()) hello.add_taps(tap);
    hello.set_software_version("0.1.0");
    hello.set_highest_version(highest);
    hello.set_running_digest(running);
    send(request);
  }
  void send(const v1::SessionRequest& request) { (void)stream_->Write(request); }
  void answer(const ReceivedPolicy& policy, v1::PolicyState state) {
    v1::SessionRequest request;
    v1::PolicyStatus& status = *request.mutable_policy_status();
    status.set_nonce(policy.nonce);
    status.set_state(state);
    status.set_version(policy.version);
    status.set_digest(policy.digest);
    if (state == v1::POLICY_STATE_REJECTED) {
      status.add_errors()->set_reason("unknown feature 'apps'");
    } else if (state == v1::POLICY_STATE_ACTIVE) {
      status.mutable_swap()->set_lost_before(3);
      status.mutable_swap()->set_lost_after(3);
      status.mutable_swap()->set_longest_pause_ns(900);
    }
    send(request);
  }
  std::optional<ReceivedPolicy> policy() {
    ReceivedPolicy out;
    v1::SessionResponse response;
    while (stream_->Read(&response)) {
      const v1::PolicyOffer& offer = response.offer();
      EXPECT_EQ(offer.offset(), out.bytes.size());
      out.bytes += offer.piece();
      out.largest_piece = std::max(out.largest_piece, offer.piece().size());
      ++out.pieces;
      if (!offer.last()) continue;
      out.nonce = offer.nonce();
      out.version = offer.version();
      out.digest = offer.digest();
      EXPECT_EQ(offer.total_bytes(), out.bytes.size());
      EXPECT_TRUE(offer.activate_when_warm());
      return out;
    }
    return std::nullopt;
  }
  void writes_done() { stream_->WritesDone(); }
  grpc::Status finish() { return stream_->Finish(); }
  grpc::Status end() {
    writes_done();
    while (policy()) {  // Finish() would wait for what nobody reads
    }
    return finish();
  }
  void cancel() { call_.TryCancel(); }

 private:
  ClientCall call_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream_;
};

// One subscriber.
class AlertStream {
 public:
  AlertStream(v1::AlertService::Stub& stub, const v1::SubscribeRequest& request)
      : stream_(stub.Subscribe(&call_, request)) {}
  std::optional<v1::SubscribeResponse> next() {
    v1::SubscribeResponse response;
    if (!stream_->Read(&response)) return std::nullopt;
    return response;
  }
  std::vector<uint64_t> cursors() {
    std::vector<uint64_t> out;
    while (const auto response = next()) out.push_back(response->cursor());
    return out;
  }
  grpc::Status finish() { return stream_->Finish(); }
  void cancel() { call_.TryCancel(); }

 private:
  ClientCall call_;
  std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> stream_;
};

}  // namespace glacis::control
