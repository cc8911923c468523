#pragma once

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <deque>

#include "sensor/policy/channel.h"
#include "sensor/policy/policy_client.h"
#include "tests/fakes/scripted_control.h"
#include "tests/unit/sensor_policy/fake_target.h"
#include "tests/unit/sensor_policy/offers.h"
#include "tests/unit/uplink/faulty_files.h"

namespace glacis::sensor {

inline std::string text_of(const v1::PolicyStatus& status) {
  return v1::PolicyState_Name(status.state()).substr(13) + " " + std::to_string(status.nonce()) + " v" +
         std::to_string(status.version());
}

// A client on a real stream, against a control plane that does what the test says.
class PolicyClientTest : public testing::Test {
 protected:
  using Stream = ScriptedControl::SessionStream;

  PolicyClientTest() {
    options_.sensor = "edge-1";
    options_.tap = "core";
    options_.software_version = "1.2";
    options_.languages = {1};
    options_.features = {"flows", "never"};
    options_.heartbeat_ms = 5;
    options_.first_wait_ms = 1;
    options_.longest_wait_ms = 5;
    auto store = PolicyStore::open(folder_.path() + "/state", files_);
    if (!store) std::abort();
    store_ = std::move(*store);
  }
  ~PolicyClientTest() override {
    if (client_) client_->stop();
    control_.stop();
  }
  void start_client(StoredPolicy running = {}) {
    auto channel = open_channel({control_.address(), "", "", ""});
    if (!channel) std::abort();
    client_ = std::make_unique<PolicyClient>(options_, target_, *store_, std::move(running), *channel);
    client_->start();
  }
  void start(StoredPolicy running = {}) {
    control_.start();
    start_client(std::move(running));
  }
  static void send(Stream& stream, const std::vector<v1::SessionResponse>& messages) {
    for (const auto& message : messages) stream.Write(message);
  }
  // Reads to the end of the stream, or until `enough` says so.
  void listen(Stream& stream, const std::function<bool(const v1::SessionRequest&)>& enough = {}) {
    v1::SessionRequest request;
    while (stream.Read(&request)) {
      seen_.note([&] {
        if (request.has_hello()) hellos_.push_back(request.hello());
        if (request.has_policy_status()) statuses_.push_back(text_of(request.policy_status()));
        if (request.has_heartbeat()) heartbeats_.push_back(request.heartbeat());
      });
      if (enough && enough(request)) return;
    }
  }
  static bool is_active(const v1::SessionRequest& request) {
    return request.has_policy_status() && request.policy_status().state() == v1::POLICY_STATE_ACTIVE;
  }
  static bool is_hello(const v1::SessionRequest& request) { return request.has_hello(); }

  TemporaryFolder folder_;
  FaultyFiles files_;
  FakeTarget target_;
  std::unique_ptr<PolicyStore> store_;
  ScriptedControl control_{folder_.path()};
  PolicyClientOptions options_;
  std::unique_ptr<PolicyClient> client_;
  Happened seen_;
  std::deque<v1::Hello> hellos_;
  std::deque<std::string> statuses_;
  std::deque<v1::Heartbeat> heartbeats_;
  // What a script writes stands here: it runs until control_ stops, when the locals of a test are gone.
  std::deque<std::string> order_;
  std::string stored_at_active_;
  bool open_ = false;
};

}  // namespace glacis::sensor
