#include "control/rollout/rollout.h"

#include <gtest/gtest.h>

#include "glacis/v1/sensor.pb.h"

namespace glacis::control {
namespace {

struct FakeLink : SensorLink {
  void offer(uint64_t nonce, PolicyImage policy) override { offers.emplace_back(nonce, std::move(policy)); }
  void replaced() override { was_replaced = true; }
  std::vector<std::pair<uint64_t, PolicyImage>> offers;
  bool was_replaced = false;
};

struct FakeJournal : RolloutJournal {
  void save_policy(const StoredPolicy& policy) override { policies.push_back(policy); }
  void save_sensor(const StoredSensor& sensor) override { sensors.push_back(sensor); }
  std::vector<StoredPolicy> policies;
  std::vector<StoredSensor> sensors;
};

StoredPolicy policy(uint64_t version, const std::string& digest, const std::string& tap = "t-core") {
  return {tap, version, digest, "bytes of " + digest};
}

class RolloutTest : public testing::Test {
 protected:
  std::shared_ptr<FakeLink> connect(const std::string& sensor, const std::string& running = "", uint64_t highest = 0,
                                    const std::string& tap = "t-core") {
    auto link = std::make_shared<FakeLink>();
    const auto result = rollout_.hello(link, {sensor, tap, "0.1.0", running, highest});
    EXPECT_TRUE(result.has_value());
    return link;
  }
  void answer(const FakeLink& link, uint64_t nonce, v1::PolicyState state, const std::string& digest) {
    v1::PolicyStatus status;
    status.set_nonce(nonce);
    status.set_state(state);
    status.set_digest(digest);
    status.set_warm_ns(5);
    if (state == v1::POLICY_STATE_ACTIVE) {
      status.mutable_swap()->set_lost_before(3);
      status.mutable_swap()->set_lost_after(4);
      status.mutable_swap()->set_longest_pause_ns(900);
    }
    if (state == v1::POLICY_STATE_REJECTED) {
      v1::PolicyError* const error = status.add_errors();
      error->set_field("features");
      error->set_reason("unknown feature 'apps'");
    }
    rollout_.status(link, status);
  }
  std::string story(uint64_t id) {
    const char* const names[] = {"?", "OFFERED", "WARMED", "ACTIVE", "REJECTED", "AWAY", "SUPERSEDED"};
    const auto events = rollout_.events(id, 0);
    if (!events) return events.error().text();
    std::string out;
    for (const RolloutEvent& event : events->events) {
      out += event.sensor + " " + names[static_cast<int>(event.state)] + "; ";
    }
    return out + (events->over ? "over" : "under way");
  }

  FakeJournal journal_;
  int64_t now_ = 1;
  Rollout rollout_{journal_, [this] { return now_; }};
};

TEST_F(RolloutTest, PushGoesFromOfferedOverWarmedToActive) {
  const auto link = connect("core-1");
  rollout_.begin(1, {policy(1, "d1")});
  ASSERT_EQ(link->offers.size(), 1u);
  EXPECT_EQ(story(1), "core-1 OFFERED; under way");
  answer(*link, 1, v1::POLICY_STATE_WARMED, "d1");
  answer(*link, 1, v1::POLICY_STATE_ACTIVE, "d1");
  EXPECT_EQ(story(1), "core-1 OFFERED; core-1 WARMED; core-1 ACTIVE; over");
  const RolloutEvent active = rollout_.events(1, 2)->events.at(0);
  EXPECT_EQ(active.lost_at_swap, 1u);
  EXPECT_EQ(active.longest_pause_ns, 900);
  EXPECT_EQ(active.warm_ns, 5);
}

TEST_F(RolloutTest, RejectionCarriesEveryReason) {
  const auto link = connect("core-1");
  rollout_.begin(1, {policy(1, "d1")});
  answer(*link, 1, v1::POLICY_STATE_REJECTED, "d1");
  EXPECT_EQ(story(1), "core-1 OFFERED; core-1 REJECTED; over");
  EXPECT_EQ(rollout_.events(1, 1)->events.at(0).errors, (std::vector<std::string>{"features: unknown feature 'apps'"}));
}

TEST_F(RolloutTest, SensorThatIsAwayGetsThePolicyWhenItReturns) {
  rollout_.gone(*connect("core-1"));
  rollout_.begin(1, {policy(1, "d1")});
  EXPECT_EQ(story(1), "core-1 AWAY; over");
  const auto link = connect("core-1");
  ASSERT_EQ(link->offers.size(), 1u);
  EXPECT_EQ(link->offers[0].second->bytes, "bytes of d1");
  EXPECT_EQ(story(1), "core-1 AWAY; core-1 OFFERED; under way");
}

TEST_F(RolloutTest, WhatRunsAlreadyIsNotSentAgain) {
  rollout_.restore({policy(4, "d1")}, {});
  EXPECT_TRUE(connect("core-1", "d1", 4)->offers.empty());
  EXPECT_EQ(connect("core-2", "d0", 3)->offers.size(), 1u);
}

TEST_F(RolloutTest, StaleAndForeignAnswersAreIgnored) {
  const auto link = connect("core-1");
  rollout_.begin(1, {policy(1, "d1")});
  rollout_.begin(2, {policy(2, "d2")});
  ASSERT_EQ(link->offers.size(), 2u);
  answer(*link, 1, v1::POLICY_STATE_ACTIVE, "d1");
  answer(*link, 2, v1::POLICY_STATE_ACTIVE, "d1");
  answer(FakeLink(), 2, v1::POLICY_STATE_ACTIVE, "d2");
  EXPECT_EQ(story(2), "core-1 OFFERED; under way");
  answer(*link, 2, v1::POLICY_STATE_ACTIVE, "d2");
  EXPECT_EQ(story(2), "core-1 OFFERED; core-1 ACTIVE; over");
}

TEST_F(RolloutTest, NewerPushSupersedesTheOneUnderWay) {
  const auto link = connect("core-1");
  rollout_.begin(1, {policy(1, "d1")});
  rollout_.begin(2, {policy(2, "d2")});
  EXPECT_EQ(story(1), "core-1 OFFERED; core-1 SUPERSEDED; over");
}

TEST_F(RolloutTest, SensorThatLeavesMeanwhileIsAway) {
  const auto link = connect("core-1");
  rollout_.begin(1, {policy(1, "d1")});
  rollout_.gone(*link);
  EXPECT_EQ(story(1), "core-1 OFFERED; core-1 AWAY; over");
}

TEST_F(RolloutTest, NewerSessionReplacesTheOlderOne) {
  const auto first = connect("core-1");
  const auto second = connect("core-1");
  EXPECT_TRUE(first->was_replaced);
  rollout_.gone(*first);
  EXPECT_EQ(rollout_.connected("t-core"), (std::vector<std::string>{"core-1"}));
  rollout_.begin(1, {policy(1, "d1")});
  EXPECT_TRUE(first->offers.empty());
  EXPECT_EQ(second->offers.size(), 1u);
}

TEST_F(RolloutTest, OnlySensorsOfTheTapAreOffered) {
  const auto core = connect("core-1");
  const auto edge = connect("edge-1", "", 0, "t-edge");
  rollout_.begin(1, {policy(1, "d1")});
  EXPECT_EQ(core->offers.size(), 1u);
  EXPECT_TRUE(edge->offers.empty());
}

TEST_F(RolloutTest, TapThatNoModelDeclaresIsRefusedWithTheKnownOnes) {
  rollout_.restore({policy(1, "d1"), policy(1, "all", "")}, {});
  const auto result = rollout_.hello(std::make_shared<FakeLink>(), {"x", "t-cor", "", "", 0});
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().text().find("t-core"), std::string::npos);
}

TEST_F(RolloutTest, VersionPassesWhatTheSensorHasTrustedBefore) {
  rollout_.restore({policy(2, "d2")}, {});
  const auto link = connect("core-1", "d7", 9);
  ASSERT_EQ(link->offers.size(), 1u);
  EXPECT_EQ(link->offers[0].second->version, 10u);
  ASSERT_EQ(journal_.policies.size(), 1u);
  EXPECT_EQ(journal_.policies[0].version, 10u);
  EXPECT_EQ(rollout_.next_version("t-core"), 11u);
}

TEST_F(RolloutTest, SecondSensorOfATapGetsTheSameVersion) {
  const auto first = connect("core-1");
  rollout_.begin(1, {policy(1, "d1")});
  answer(*first, 1, v1::POLICY_STATE_ACTIVE, "d1");
  const auto second = connect("core-2");
  ASSERT_EQ(second->offers.size(), 1u);
  EXPECT_EQ(second->offers[0].second->version, 1u);
}

TEST_F(RolloutTest, FleetSaysWhatEachShouldRunAndSince) {
  rollout_.restore({policy(2, "d2")}, {{"core-2", "t-core", "0.0.9", 5}});
  const auto link = connect("core-1", "d2", 2);
  now_ = 77;
  v1::Heartbeat heartbeat;
  heartbeat.set_spooled_alerts(3);
  rollout_.heartbeat(*link, heartbeat);
  const std::vector<SensorView> fleet = rollout_.fleet();
  ASSERT_EQ(fleet.size(), 2u);
  EXPECT_TRUE(fleet[0].connected);
  EXPECT_EQ(fleet[0].last_heard_ns, 77);
  EXPECT_EQ(fleet[0].heartbeat->spooled_alerts(), 3u);
  EXPECT_EQ(fleet[0].desired_version, 2u);
  EXPECT_FALSE(fleet[1].connected);
  EXPECT_EQ(fleet[1].last_heard_ns, 5);
}

TEST_F(RolloutTest, UnknownRolloutIsNamed) { EXPECT_FALSE(rollout_.events(9, 0).has_value()); }

}  // namespace
}  // namespace glacis::control
