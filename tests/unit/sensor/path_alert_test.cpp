// Alerts of abuse paths: repeats of a completion fold, and the outcome of the completing flow revises.
#include <gmock/gmock.h>

#include "tests/unit/sensor/alert_fixture.h"

namespace glacis::sensor {
namespace {

using testing::ElementsAre;

constexpr RuleIndex kPath{3};
constexpr int64_t kMinute = 60;

class PathAlertTest : public AlertWriterTest {
 protected:
  // The path's step `step` of 2 by `flow`, which follows flow 1; as it stands `seconds_later`.
  void advance(uint32_t step, FlowOutcome outcome, int64_t seconds_later, uint32_t earlier, uint64_t flow = 77,
               const std::string& host = "10.1.0.7") {
    Event hit = event(EventKind::kStepHit, outcome, seconds_later, flow);
    hit.step = StepIndex(static_cast<uint16_t>(step - 1));
    PathTelling telling{kPath, {}, {FlowId(1), FlowId(flow)}, earlier, seconds(3'600), folds_};
    telling.progress.set_step(step);
    telling.progress.set_steps(2);
    telling.progress.set_complete(step == 2);
    v1::Variable& variable = *telling.progress.add_variables();
    variable.set_name("h");
    variable.set_value(host);
    writer_->on_path(hit, *generation_, std::move(telling));
  }
  void complete(int64_t seconds_later, uint32_t earlier, const std::string& host = "10.1.0.7") {
    advance(2, FlowOutcome::kData, seconds_later, earlier, 77, host);
  }
  bool folds_ = true;
  std::vector<v1::AlertChange> changes() const {
    std::vector<v1::AlertChange> out;
    for (const v1::Alert& alert : alerts_) out.push_back(alert.change());
    return out;
  }
};

TEST_F(PathAlertTest, RepeatsOfACompletionAreCountsOfOneAlertToldAtMostOnceAMinute) {
  for (uint32_t i = 0; i < 7; ++i) complete(i * kMinute / 2, i);
  EXPECT_THAT(changes(), ElementsAre(v1::ALERT_CHANGE_OPENED, v1::ALERT_CHANGE_COUNTS, v1::ALERT_CHANGE_COUNTS,
                                     v1::ALERT_CHANGE_COUNTS));
  for (size_t i = 0; i < alerts_.size(); ++i) {
    EXPECT_EQ(alerts_[i].key(), alerts_[0].key());
    EXPECT_EQ(alerts_[i].revision(), i + 1);
    EXPECT_EQ(alerts_[i].count(), 2 * i + 1);
  }
}

TEST_F(PathAlertTest, WhatIsNotToldYetIsToldAtTheEndAndOnce) {
  complete(0, 0);
  complete(10, 1);
  writer_->finish();
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_COUNTS);
  EXPECT_EQ(alerts_[1].count(), 2U);
  writer_->finish();
  EXPECT_EQ(alerts_.size(), 2U);
}

TEST_F(PathAlertTest, ACompletionAfterItsWindowIsAnotherAlert) {
  complete(0, 0);
  complete(10, 1);
  complete(2 * 3'600, 0);
  EXPECT_THAT(changes(), ElementsAre(v1::ALERT_CHANGE_OPENED, v1::ALERT_CHANGE_COUNTS, v1::ALERT_CHANGE_OPENED));
  EXPECT_EQ(alerts_[1].key(), alerts_[0].key());
  EXPECT_NE(alerts_[2].key(), alerts_[0].key());
}

TEST_F(PathAlertTest, WhereNothingFoldsEveryCompletionIsAnAlertOfItsOwn) {
  folds_ = false;
  for (uint32_t i = 0; i < 3; ++i) advance(2, FlowOutcome::kData, 0, i, 77 + i);
  writer_->finish();
  EXPECT_THAT(changes(), ElementsAre(v1::ALERT_CHANGE_OPENED, v1::ALERT_CHANGE_OPENED, v1::ALERT_CHANGE_OPENED));
  EXPECT_EQ(alerts_[2].flow().id(), 79U);
}

TEST_F(PathAlertTest, OtherBindingsAndProgressDoNotFold) {
  advance(1, FlowOutcome::kData, 0, 0);
  complete(1, 0);
  complete(2, 0, "10.1.0.8");
  EXPECT_THAT(changes(), ElementsAre(v1::ALERT_CHANGE_OPENED, v1::ALERT_CHANGE_OPENED, v1::ALERT_CHANGE_OPENED));
  EXPECT_EQ(alerts_[0].severity(), v1::SEVERITY_MEDIUM) << "progress is one step less severe";
  EXPECT_EQ(alerts_[1].severity(), v1::SEVERITY_HIGH);
  EXPECT_NE(alerts_[2].key(), alerts_[1].key());
}

TEST_F(PathAlertTest, AFoldTooManyEndsTheOneThatWouldEndFirstAndIsCounted) {
  limit(kMaxOpenAlerts, 1);
  complete(0, 0);
  complete(1, 1);
  complete(2, 0, "10.1.0.8");
  EXPECT_THAT(changes(), ElementsAre(v1::ALERT_CHANGE_OPENED, v1::ALERT_CHANGE_COUNTS, v1::ALERT_CHANGE_OPENED));
  EXPECT_EQ(writer_->counters().folds_evicted, 1U);
}

TEST_F(PathAlertTest, TheOutcomeOfTheCompletingFlowRevisesTheAlert) {
  advance(2, FlowOutcome::kAttempted, 0, 0);
  tell(event(EventKind::kOutcome, FlowOutcome::kRefused, 1));
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_OUTCOME);
  EXPECT_EQ(alerts_[1].revision(), 2U);
  EXPECT_EQ(alerts_[1].key(), alerts_[0].key());
  EXPECT_EQ(alerts_[1].outcome(), v1::OUTCOME_REFUSED);
  EXPECT_EQ(alerts_[1].path().step(), 2U);
  EXPECT_NE(alerts_[1].sentence().find("refused: all 2 steps"), std::string::npos) << alerts_[1].sentence();
}

TEST_F(PathAlertTest, AFlowsOwnAlertAndItsPathAlertsAllGetTheOutcome) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 77, {kNever}));
  advance(1, FlowOutcome::kAttempted, 0, 0);
  advance(2, FlowOutcome::kAttempted, 0, 0);
  tell(event(EventKind::kOutcome, FlowOutcome::kEstablished, 1));
  tell(event(EventKind::kFlowEnd, FlowOutcome::kData, 2));
  ASSERT_EQ(alerts_.size(), 6U);
  for (size_t i = 3; i < 6; ++i) {
    EXPECT_EQ(alerts_[i].change(), v1::ALERT_CHANGE_OUTCOME);
    EXPECT_EQ(alerts_[i].key(), alerts_[i - 3].key());
    EXPECT_EQ(alerts_[i].outcome(), v1::OUTCOME_ESTABLISHED);
  }
}

TEST_F(PathAlertTest, ARuleThatTheFlowBreaksLaterIsAnAlertOfItsOwn) {
  advance(1, FlowOutcome::kAttempted, 0, 0);
  tell(event(EventKind::kJudged, FlowOutcome::kEstablished, 1, 77, {kCards}));
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_OPENED);
  EXPECT_FALSE(alerts_[1].has_path());
}

TEST_F(PathAlertTest, AFlowThatBreaksNoRuleTellsItsOutcomeWhenItEnds) {
  advance(2, FlowOutcome::kAttempted, 0, 0);
  tell(event(EventKind::kFlowEnd, FlowOutcome::kData, 2));
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_OUTCOME);
  EXPECT_EQ(alerts_[1].outcome(), v1::OUTCOME_DATA);
}

TEST_F(PathAlertTest, ARepeatThatKnowsTheOutcomeTellsItOnce) {
  advance(2, FlowOutcome::kAttempted, 0, 0);
  advance(2, FlowOutcome::kData, 30, 1);
  advance(2, FlowOutcome::kData, 40, 2);
  EXPECT_THAT(changes(), ElementsAre(v1::ALERT_CHANGE_OPENED, v1::ALERT_CHANGE_OUTCOME));
  writer_->finish();
  ASSERT_EQ(alerts_.size(), 3U);
  EXPECT_EQ(alerts_[2].count(), 3U);
  EXPECT_EQ(alerts_[2].revision(), 3U);
}

// Live, hits wait for their order and outcomes do not.
TEST_F(PathAlertTest, AnOutcomeThatCameBeforeTheAlertIsToldBehindIt) {
  tell(event(EventKind::kOutcome, FlowOutcome::kRefused, 1));
  tell(event(EventKind::kFlowEnd, FlowOutcome::kRefused, 2));
  advance(2, FlowOutcome::kAttempted, 0, 0);
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_OUTCOME);
  EXPECT_EQ(alerts_[1].outcome(), v1::OUTCOME_REFUSED);
}

TEST_F(PathAlertTest, OnlyAnAlertWithoutAnOutcomeWaitsForOne) {
  limit(1, 16);
  advance(2, FlowOutcome::kUnknown, 0, 0, 77, "10.1.0.7");
  advance(2, FlowOutcome::kData, 0, 0, 78, "10.1.0.8");
  EXPECT_EQ(writer_->counters().alerts_forgotten, 0U) << "neither is kept";
  advance(2, FlowOutcome::kAttempted, 0, 0, 79, "10.1.0.9");
  advance(2, FlowOutcome::kAttempted, 0, 0, 80, "10.1.0.10");
  EXPECT_EQ(writer_->counters().alerts_forgotten, 1U);
}

}  // namespace
}  // namespace glacis::sensor
