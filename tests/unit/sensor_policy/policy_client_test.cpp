// The client over real gRPC, against a control plane that does what the test says.
#include "sensor/policy/policy_client.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/sensor_policy/policy_client_fixture.h"

namespace glacis::sensor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const grpc::Status kUnavailable(grpc::StatusCode::UNAVAILABLE, "restarting");

TEST_F(PolicyClientTest, SaysWhoItIsFirstAndThenWhatRuns) {
  ASSERT_TRUE(store_->save({9, "", "policy nine"}));
  control_.session = [&](int, Stream& stream) {
    listen(stream, [&](const v1::SessionRequest& request) {
      seen_.note([&] {
        order_.push_back(request.has_hello() ? "hello" : request.has_policy_status() ? "status" : "heartbeat");
      });
      return false;
    });
    return grpc::Status::OK;
  };
  start({9, sha256("policy nine"), ""});
  ASSERT_TRUE(seen_.wait_for([&] { return order_.size() >= 3; }));
  EXPECT_EQ(order_[0], "hello");
  EXPECT_EQ(order_[1], "status");
  EXPECT_EQ(order_[2], "heartbeat");
  EXPECT_EQ(statuses_[0], "ACTIVE 0 v9");
  const v1::Hello& hello = hellos_[0];
  EXPECT_EQ(hello.sensor(), "edge-1");
  EXPECT_THAT(hello.taps(), ElementsAre("core"));
  EXPECT_EQ(hello.software_version(), "1.2");
  EXPECT_THAT(hello.languages(), ElementsAre(1));
  EXPECT_THAT(hello.features(), ElementsAre("flows", "never"));
  EXPECT_EQ(hello.running_digest(), sha256("policy nine"));
  EXPECT_EQ(hello.highest_version(), 9U);
}

TEST_F(PolicyClientTest, AnOfferIsWarmedActivatedStoredAndAnswered) {
  const std::string bytes(700'000, 'p');
  control_.session = [&](int, Stream& stream) {
    send(stream, offer_of(1, 5, bytes));
    listen(stream, [](const v1::SessionRequest& r) {
      return r.has_policy_status() && r.policy_status().state() == v1::POLICY_STATE_WARMED;
    });
    stream.Write(activation_of(1, 5));
    listen(stream, is_active);
    const auto stored = store_->load();
    seen_.note([&] { stored_at_active_ = (*stored)->bytes; });
    listen(stream);
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return !stored_at_active_.empty(); }));
  EXPECT_TRUE(stored_at_active_ == bytes) << "ACTIVE was said before the policy was stored";
  EXPECT_THAT(statuses_, ElementsAre("WARMED 1 v5", "ACTIVE 1 v5"));
  const PolicyClientStatus status = client_->status();
  EXPECT_TRUE(status.connected);
  EXPECT_EQ(status.version, 5U);
  EXPECT_EQ(status.digest, sha256(bytes));
  EXPECT_EQ(status.warmed, 1U);
  EXPECT_EQ(status.activated, 1U);
}

TEST_F(PolicyClientTest, ARefusedOfferLeavesTheStreamOpenForTheNext) {
  control_.session = [&](int, Stream& stream) {
    send(stream, offer_of(1, 5, "bad policy", When::kWarm));
    listen(stream, [](const v1::SessionRequest& r) { return r.has_policy_status(); });
    send(stream, offer_of(2, 6, "good policy", When::kWarm));
    listen(stream);
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return statuses_.size() == 3; }));
  EXPECT_THAT(statuses_, ElementsAre("REJECTED 1 v5", "WARMED 2 v6", "ACTIVE 2 v6"));
  EXPECT_EQ(hellos_.size(), 1U);
}

TEST_F(PolicyClientTest, DialsAgainWhenControlEndsTheStreamAndTellsWhatRunsByThen) {
  control_.session = [&](int n, Stream& stream) {
    if (n == 1) {
      send(stream, offer_of(1, 5, "policy five", When::kWarm));
      listen(stream, is_active);
      return kUnavailable;
    }
    listen(stream);
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return statuses_.size() == 3; }));
  EXPECT_THAT(statuses_, ElementsAre("WARMED 1 v5", "ACTIVE 1 v5", "ACTIVE 0 v5"));
  EXPECT_EQ(hellos_[1].running_digest(), sha256("policy five"));
  EXPECT_EQ(hellos_[1].highest_version(), 5U);
  EXPECT_EQ(client_->status().last_error, "session with the control plane ended: restarting");
}

TEST_F(PolicyClientTest, NoncesOfAnEarlierStreamAreStale) {
  control_.session = [&](int n, Stream& stream) {
    if (n == 1) {
      send(stream, offer_of(7, 5, "policy five"));
      listen(stream, [](const v1::SessionRequest& r) { return r.has_policy_status(); });
      return grpc::Status::OK;
    }
    stream.Write(activation_of(7, 5));
    send(stream, offer_of(1, 6, "policy six", When::kWarm));
    listen(stream);
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return statuses_.size() == 3; }));
  EXPECT_THAT(statuses_, ElementsAre("WARMED 7 v5", "WARMED 1 v6", "ACTIVE 1 v6"));
  EXPECT_THAT(target_.calls(), ElementsAre("warm policy five 5", "warm policy six 6", "activate policy six"));
}

TEST_F(PolicyClientTest, FindsControlThatIsStartedLaterAndAgainAfterARestart) {
  control_.session = [&](int, Stream& stream) {
    listen(stream);
    return grpc::Status::OK;
  };
  start_client();
  ASSERT_TRUE(comes_true([&] { return !client_->status().last_error.empty(); }));
  EXPECT_FALSE(client_->status().connected);
  control_.start();
  ASSERT_TRUE(seen_.wait_for([&] { return hellos_.size() == 1; }));
  control_.stop();
  ASSERT_TRUE(comes_true([&] { return !client_->status().connected; }));
  control_.start();
  ASSERT_TRUE(seen_.wait_for([&] { return hellos_.size() == 2; }));
}

TEST_F(PolicyClientTest, HeartbeatsComeAgainAndAgainWithWhatTheSensorAdds) {
  std::atomic<int> asked{0};
  options_.heartbeat = [&](v1::Heartbeat& heartbeat) {
    heartbeat.set_health(v1::HEALTH_OK);
    heartbeat.set_spooled_alerts(static_cast<uint64_t>(++asked));
  };
  control_.session = [&](int, Stream& stream) {
    listen(stream);
    return grpc::Status::OK;
  };
  start({9, sha256("policy nine"), ""});
  ASSERT_TRUE(seen_.wait_for([&] { return heartbeats_.size() >= 5; }));
  client_->stop();
  for (size_t i = 0; i < heartbeats_.size(); ++i) {
    EXPECT_EQ(heartbeats_[i].spooled_alerts(), i + 1);
    EXPECT_EQ(heartbeats_[i].running_version(), 9U);
    EXPECT_EQ(heartbeats_[i].running_digest(), sha256("policy nine"));
    EXPECT_EQ(heartbeats_[i].health(), v1::HEALTH_OK);
    EXPECT_GT(heartbeats_[i].time_ns(), 1'700'000'000'000'000'000);
  }
}

TEST_F(PolicyClientTest, APolicyThatCouldNotBeStoredMakesTheSensorDegraded) {
  files_.replace_fails = true;
  options_.heartbeat = [](v1::Heartbeat& heartbeat) { heartbeat.set_health(v1::HEALTH_OK); };
  control_.session = [&](int, Stream& stream) {
    send(stream, offer_of(1, 5, "policy five", When::kWarm));
    listen(stream);
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return !heartbeats_.empty() && heartbeats_.back().running_version() == 5; }));
  client_->stop();
  EXPECT_EQ(heartbeats_.back().health(), v1::HEALTH_DEGRADED);
  ASSERT_EQ(heartbeats_.back().reasons_size(), 1);
  EXPECT_THAT(heartbeats_.back().reasons(0), HasSubstr("could not be stored: " + folder_.path() + "/state/policy.bin"));
}

TEST_F(PolicyClientTest, ControlThatNeverReadsIsGivenUpAndDialledAgain) {
  options_.write_wait_ms = 100;
  options_.heartbeat_ms = 0;
  options_.heartbeat = [](v1::Heartbeat& heartbeat) { heartbeat.add_reasons(std::string(500'000, 'x')); };
  control_.session = [&](int n, Stream& stream) {
    if (n > 1) listen(stream, is_hello);
    control_.hold();  // no other error takes the place of the one that is asked for
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(comes_true([&] {
    return client_->status().last_error == "session with the control plane ended: control is there and does not read";
  }));
  ASSERT_TRUE(seen_.wait_for([&] { return !hellos_.empty(); }));
}

TEST_F(PolicyClientTest, EndsAtOnceWhileControlNeitherReadsNorWrites) {
  options_.heartbeat_ms = 0;
  options_.heartbeat = [](v1::Heartbeat& heartbeat) { heartbeat.add_reasons(std::string(500'000, 'x')); };
  control_.session = [&](int, Stream&) {
    seen_.note([&] { open_ = true; });
    control_.hold();
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return open_; }));
  client_->stop();
  EXPECT_FALSE(client_->status().connected);
}

TEST_F(PolicyClientTest, EndsAtOnceWhileNobodyListens) {
  options_.first_wait_ms = options_.longest_wait_ms = 3'600'000;
  start_client();
  ASSERT_TRUE(comes_true([&] { return !client_->status().last_error.empty(); }));
  client_->stop();
}

// Offers, activations and nothing, all of them senseless.
TEST_F(PolicyClientTest, MessagesWithoutSenseChangeNothing) {
  control_.session = [&](int, Stream& stream) {
    stream.Write(v1::SessionResponse());
    stream.Write(activation_of(3, 3, INT64_MIN));
    v1::SessionResponse offer;
    offer.mutable_offer()->set_nonce(UINT64_MAX - 1);
    offer.mutable_offer()->set_total_bytes(UINT64_MAX);
    stream.Write(offer);
    send(stream, offer_of(UINT64_MAX, 6, "policy six", When::kWarm));
    listen(stream);
    return grpc::Status::OK;
  };
  start();
  ASSERT_TRUE(seen_.wait_for([&] { return statuses_.size() == 3; }));
  EXPECT_EQ(statuses_[0], "REJECTED 18446744073709551614 v0");
  EXPECT_EQ(statuses_[2], "ACTIVE 18446744073709551615 v6");
}

// A server whose answers are no protobuf.
class GarbageService final : public grpc::CallbackGenericService {
 public:
  std::atomic<int> streams{0};

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    ++streams;
    return new Reactor;
  }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor() : garbage_(&slice_, 1) { StartWrite(&garbage_); }
    void OnWriteDone(bool) override {}
    void OnCancel() override { Finish(grpc::Status::CANCELLED); }
    void OnDone() override { delete this; }

   private:
    const grpc::Slice slice_{std::string("\xff\xff\xff\xff garbage")};
    const grpc::ByteBuffer garbage_;
  };
};

TEST_F(PolicyClientTest, AnswersThatAreNoMessagesEndTheStreamAndItDialsAgain) {
  GarbageService garbage;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(control_.address(), grpc::InsecureServerCredentials());
  builder.RegisterCallbackGenericService(&garbage);
  const auto server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  options_.write_wait_ms = 50;  // it does not close its streams either
  start_client();
  EXPECT_TRUE(comes_true([&] { return garbage.streams >= 3; }));
  client_->stop();
  EXPECT_EQ(client_->status().rejected, 0U);
  server->Shutdown(std::chrono::system_clock::now());
}

TEST_F(PolicyClientTest, AServerThatSpeaksNoHttpIsDialledAgain) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = control_.address().substr(5);
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  start_client();
  const std::string garbage(5'000, '\xfe');
  for (int i = 0; i < 2; ++i) {
    const int connection = ::accept(listener, nullptr, nullptr);
    ASSERT_GE(connection, 0);
    EXPECT_GT(::send(connection, garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
    ::close(connection);
  }
  EXPECT_TRUE(comes_true([&] { return !client_->status().last_error.empty(); }));
  EXPECT_EQ(client_->status().version, 0U);
  client_->stop();
  ::close(listener);
}

}  // namespace
}  // namespace glacis::sensor
