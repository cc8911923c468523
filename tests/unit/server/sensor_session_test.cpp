// Sessions: hello, policies in pieces, answers, and what ends a session.
#include <gmock/gmock.h>

#include <random>

#include "tests/unit/server/push_client.h"

namespace glacis::control {
namespace {

StoredPolicy large_policy() {
  std::mt19937_64 random(1);
  std::string bytes(600'000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return {"t-core", 7, digest_of(bytes), bytes};
}

class Sessions : public MemoryControl {
 protected:
  // A control plane that already knows this policy.
  void start_with(const StoredPolicy& policy) {
    ASSERT_TRUE(store_->save_policy(policy).has_value());
    start();
  }
  uint64_t push(const std::string& model) {
    const Pushed pushed = PushClient(*models_, shipped_model(model)).run();
    EXPECT_TRUE(pushed.status.ok()) << pushed.status.error_message();
    return pushed.response.rollout();
  }
};

TEST_F(Sessions, PolicyComesInPiecesOfAtMost256KiB) {
  const StoredPolicy stored = large_policy();
  start_with(stored);
  SensorStream sensor(*sensors_);
  sensor.hello("core-1");
  const auto policy = sensor.policy();
  ASSERT_TRUE(policy.has_value()) << sensor.finish().error_message();
  EXPECT_EQ(policy->bytes, stored.bytes);
  EXPECT_EQ(policy->digest, stored.digest);
  EXPECT_EQ(policy->version, 7u);
  EXPECT_EQ(policy->pieces, 3u);
  EXPECT_EQ(policy->largest_piece, 256u * 1024);
  EXPECT_TRUE(sensor.end().ok());
}

TEST_F(Sessions, RunningPolicyIsNotSentAgain) {
  const StoredPolicy stored = large_policy();
  start_with(stored);
  SensorStream sensor(*sensors_);
  sensor.hello("core-1", "t-core", 7, stored.digest);
  sensor.writes_done();
  EXPECT_FALSE(sensor.policy().has_value());
  EXPECT_TRUE(sensor.finish().ok());
}

TEST_F(Sessions, SensorThatTrustedMoreGetsTheSamePolicyUnderAHigherVersion) {
  start_with(large_policy());
  SensorStream sensor(*sensors_);
  sensor.hello("core-1", "t-core", 41);
  const auto policy = sensor.policy();
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->version, 42u);
  sensor.end();
  server_->stop();
  EXPECT_EQ(store_->load()->policies.at(0).version, 42u);
}

TEST_F(Sessions, RolloutIsWatchedFromOfferToActive) {
  start();
  const uint64_t rollout = push("web-shop.yaml");
  SensorStream sensor(*sensors_);
  sensor.hello("core-1");
  const auto policy = sensor.policy();
  ASSERT_TRUE(policy.has_value());
  RolloutStream watch(*models_, rollout);
  EXPECT_EQ(watch.line(), "core-1 OFFERED");
  sensor.answer(*policy, v1::POLICY_STATE_WARMED);
  EXPECT_EQ(watch.line(), "core-1 WARMED");
  sensor.answer(*policy, v1::POLICY_STATE_ACTIVE);
  const auto active = watch.next();
  ASSERT_TRUE(active.has_value());
  EXPECT_EQ(active->state(), v1::ROLLOUT_STATE_ACTIVE);
  EXPECT_EQ(active->packets_lost_at_swap(), 0u);
  EXPECT_EQ(active->longest_pause_ns(), 900);
  EXPECT_EQ(active->digest(), policy->digest);
  EXPECT_EQ(active->time_ns(), kNow_ns);
  EXPECT_EQ(watch.line(), "over");
  EXPECT_TRUE(watch.finish().ok());
  EXPECT_TRUE(sensor.end().ok());
}

TEST_F(Sessions, ConnectedSensorGetsTheNextPushAndItsRefusalIsSeen) {
  start();
  (void)push("web-shop.yaml");
  SensorStream sensor(*sensors_);
  sensor.hello("core-1");
  const auto first = sensor.policy();
  ASSERT_TRUE(first.has_value());
  sensor.answer(*first, v1::POLICY_STATE_ACTIVE);
  RolloutStream watch(*models_, push("web-shop-next.yaml"));
  const auto second = sensor.policy();
  ASSERT_TRUE(second.has_value());
  EXPECT_GT(second->version, first->version);
  EXPECT_NE(second->digest, first->digest);
  EXPECT_EQ(watch.line(), "core-1 OFFERED");
  sensor.answer(*second, v1::POLICY_STATE_REJECTED);
  const auto rejected = watch.next();
  ASSERT_TRUE(rejected.has_value());
  EXPECT_EQ(rejected->state(), v1::ROLLOUT_STATE_REJECTED);
  EXPECT_THAT(rejected->errors(), testing::ElementsAre("unknown feature 'apps'"));
  EXPECT_EQ(watch.line(), "over");
}

TEST_F(Sessions, AnswersToAnotherNonceOrOtherBytesChangeNothing) {
  start();
  const uint64_t rollout = push("web-shop.yaml");
  SensorStream sensor(*sensors_);
  sensor.hello("core-1");
  const auto policy = sensor.policy();
  ASSERT_TRUE(policy.has_value());
  RolloutStream watch(*models_, rollout);
  EXPECT_EQ(watch.line(), "core-1 OFFERED");
  ReceivedPolicy stale = *policy, other = *policy;
  ++stale.nonce;
  other.digest = digest_of("other bytes");
  sensor.answer(stale, v1::POLICY_STATE_ACTIVE);
  sensor.answer(other, v1::POLICY_STATE_REJECTED);
  sensor.answer(*policy, v1::POLICY_STATE_WARMED);
  EXPECT_EQ(watch.line(), "core-1 WARMED");
}

TEST_F(Sessions, SensorThatLeavesIsAwayAndGetsThePolicyWhenItIsBack) {
  start();
  const uint64_t rollout = push("web-shop.yaml");
  {
    SensorStream sensor(*sensors_);
    sensor.hello("core-1");
    ASSERT_TRUE(sensor.policy().has_value());
    RolloutStream watch(*models_, rollout);
    EXPECT_EQ(watch.line(), "core-1 OFFERED");
    EXPECT_TRUE(sensor.end().ok());
    EXPECT_EQ(watch.line(), "core-1 AWAY");
    EXPECT_EQ(watch.line(), "over");
  }
  EXPECT_FALSE(fleet().sensors(0).connected());
  SensorStream back(*sensors_);
  back.hello("core-1");
  EXPECT_TRUE(back.policy().has_value());
}

TEST_F(Sessions, NewerSessionReplacesTheOlder) {
  start_with(large_policy());
  SensorStream older(*sensors_), newer(*sensors_);
  older.hello("core-1");
  ASSERT_TRUE(older.policy().has_value());
  newer.hello("core-1");
  EXPECT_TRUE(newer.policy().has_value());
  EXPECT_FALSE(older.policy().has_value());
  const grpc::Status status = older.finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED) << status.error_message();
  EXPECT_TRUE(fleet().sensors(0).connected());
  EXPECT_TRUE(newer.end().ok());
}

TEST_F(Sessions, SessionThatDoesNotReadItsPolicyCanBeReplaced) {
  StoredPolicy policy = large_policy();
  for (int i = 0; i < 4; ++i) policy.bytes += policy.bytes;  // far beyond HTTP/2's window
  policy.digest = digest_of(policy.bytes);
  start_with(policy);
  SensorStream deaf(*sensors_), newer(*sensors_);
  deaf.hello("core-1");
  while (fleet().sensors_size() == 0) {
  }
  newer.hello("core-1");
  EXPECT_EQ(newer.policy()->bytes.size(), policy.bytes.size());
  EXPECT_TRUE(newer.end().ok());
  deaf.cancel();
  server_->stop();
}

TEST_F(Sessions, TapThatNoModelDeclaresIsRefusedWithThoseThatAre) {
  start();
  (void)push("web-shop.yaml");
  SensorStream sensor(*sensors_);
  sensor.hello("core-1", "t-nowhere");
  EXPECT_FALSE(sensor.policy().has_value());
  const grpc::Status status = sensor.finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(),
              testing::AllOf(testing::HasSubstr("t-nowhere"), testing::HasSubstr("t-core, t-edge")));
  EXPECT_EQ(fleet().sensors_size(), 0);
}

TEST_F(Sessions, HeartbeatsAreShownInTheFleet) {
  start_with(large_policy());
  SensorStream sensor(*sensors_);
  sensor.hello("core-1");
  v1::SessionRequest request;
  request.mutable_heartbeat()->set_health(v1::HEALTH_DEGRADED);
  request.mutable_heartbeat()->set_spooled_alerts(12);
  sensor.send(request);
  EXPECT_TRUE(sensor.end().ok());
  const v1::GetFleetResponse response = fleet();
  ASSERT_EQ(response.sensors_size(), 1);
  EXPECT_EQ(response.sensors(0).sensor(), "core-1");
  EXPECT_THAT(response.sensors(0).taps(), testing::ElementsAre("t-core"));
  EXPECT_EQ(response.sensors(0).heartbeat().spooled_alerts(), 12u);
  EXPECT_EQ(response.sensors(0).desired_version(), 7u);
  EXPECT_EQ(response.sensors(0).software_version(), "0.1.0");
  EXPECT_EQ(response.sensors(0).last_heard_ns(), kNow_ns);
}

v1::SessionRequest hello_of(const std::string& sensor) {
  v1::SessionRequest out;
  out.mutable_hello()->set_sensor(sensor);
  return out;
}

TEST_F(Sessions, BadHellosAreRefusedWithTheReason) {
  start_with(large_policy());
  std::vector<std::pair<v1::SessionRequest, std::string>> cases;
  cases.emplace_back(v1::SessionRequest(), "the first message must be hello");
  cases.emplace_back(v1::SessionRequest(), "the first message must be hello");
  cases.back().first.mutable_heartbeat();
  cases.emplace_back(hello_of(""), "hello.sensor");
  cases.emplace_back(hello_of("core 1"), "hello.sensor");
  cases.emplace_back(hello_of("core\n1"), "hello.sensor");
  cases.emplace_back(hello_of(std::string(129, 'x')), "hello.sensor");
  cases.emplace_back(hello_of("core-1"), "one tap for each sensor");
  cases.back().first.mutable_hello()->add_taps("a");
  cases.back().first.mutable_hello()->add_taps("b");
  cases.emplace_back(hello_of("core-1"), "hello.taps[0]");
  cases.back().first.mutable_hello()->add_taps("a b");
  cases.emplace_back(hello_of("core-1"), "hello.running_digest");
  cases.back().first.mutable_hello()->set_running_digest("short");
  cases.emplace_back(hello_of("core-1"), "hello.software_version");
  cases.back().first.mutable_hello()->set_software_version(std::string(4096, 'v'));
  cases.emplace_back(hello_of("core-1"), "hello.highest_version 18446744073709551615");
  cases.back().first.mutable_hello()->set_highest_version(UINT64_MAX);
  for (const auto& [request, reason] : cases) {
    SensorStream sensor(*sensors_);
    sensor.send(request);
    EXPECT_FALSE(sensor.policy().has_value()) << reason;
    const grpc::Status status = sensor.finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << reason;
    EXPECT_THAT(status.error_message(), testing::HasSubstr(reason));
  }
  EXPECT_EQ(fleet().sensors_size(), 0);
}

TEST_F(Sessions, HelloComesOnce) {
  start_with(large_policy());
  SensorStream sensor(*sensors_);
  sensor.hello("core-1");
  ASSERT_TRUE(sensor.policy().has_value());
  sensor.hello("core-2");
  EXPECT_FALSE(sensor.policy().has_value());
  EXPECT_EQ(sensor.finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace glacis::control
