#include "sensor/alert/alert_writer.h"

#include "sensor/alert/eve.h"
#include "tests/unit/sensor/alert_fixture.h"

namespace glacis::sensor {
namespace {

TEST_F(AlertWriterTest, OneHappeningIsOneAlertWithAnOutcomeRevision) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 77, {kNever, kUnmodelled}));
  tell(event(EventKind::kOutcome, FlowOutcome::kEstablished, 1));
  tell(event(EventKind::kFlowEnd, FlowOutcome::kData, 2));
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[0].sentence(),
            "users 10.1.0.7 tried to reach data/db 10.4.0.5:22/tcp: users must never administer data");
  EXPECT_EQ(alerts_[1].sentence(),
            "users 10.1.0.7 reached data/db 10.4.0.5:22/tcp, established: users must never administer data");
  EXPECT_EQ(alerts_[0].key(), alerts_[1].key());
  EXPECT_EQ(alerts_[1].revision(), 2U);
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_OUTCOME);
  ASSERT_EQ(alerts_[0].also_size(), 1);
  EXPECT_EQ(alerts_[0].model().version(), 3U);
  EXPECT_EQ(alerts_[0].policy_version(), 7U);
  EXPECT_EQ(alerts_[0].interface(), "eth1");
  ASSERT_EQ(records_.size(), 1U);
}

TEST_F(AlertWriterTest, ASevererLaterRuleBecomesThePrimaryOfTheSameAlert) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 77, {kNever}));
  tell(event(EventKind::kJudged, FlowOutcome::kEstablished, 1, 77, {kCards}));
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].key(), alerts_[0].key());
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_RULES);
  EXPECT_EQ(alerts_[1].rule().element(), "data/cards");
  EXPECT_EQ(alerts_[1].severity(), v1::SEVERITY_CRITICAL);
  ASSERT_EQ(alerts_[1].also_size(), 1);
  EXPECT_EQ(alerts_[1].also(0).element(), "never/ssh");
}

TEST_F(AlertWriterTest, APrimaryRuleOfANewerPolicyNamesThatPolicy) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 77, {kUnmodelled}));
  v1::Policy newer = generation_->policy();
  newer.mutable_models(0)->set_version(4);
  auto built = build_generation(newer.SerializeAsString(), GenerationId(2), 8, nullptr);
  ASSERT_TRUE(built);
  writer_->on_event(event(EventKind::kJudged, FlowOutcome::kEstablished, 1, 77, {kNever}), **built);
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].rule().element(), "never/ssh");
  EXPECT_EQ(alerts_[1].model().version(), 4U);
  EXPECT_EQ(alerts_[1].policy_version(), 8U);
  EXPECT_EQ(alerts_[1].policy_digest(), (*built)->digest());
  EXPECT_EQ(alerts_[1].generation(), 2U);
}

TEST_F(AlertWriterTest, ACrossingIsAsSevereAsItWasJudgedForThisFlow) {
  Event steep = event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 77, {kUnmodelled, kNever});
  steep.severities = {v1::SEVERITY_CRITICAL, v1::SEVERITY_HIGH};
  tell(steep);
  ASSERT_EQ(alerts_.size(), 1U);
  EXPECT_EQ(alerts_[0].severity(), v1::SEVERITY_CRITICAL) << "the policy's rule says medium";
  EXPECT_EQ(alerts_[0].rule().severity(), v1::SEVERITY_CRITICAL);
  EXPECT_EQ(alerts_[0].also(0).severity(), v1::SEVERITY_HIGH);
}

TEST_F(AlertWriterTest, UnmodelledCrossingsFoldAndAreCountedAtTheEnd) {
  for (uint64_t flow = 1; flow <= 5; ++flow) {
    tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, flow, {kUnmodelled}));
  }
  ASSERT_EQ(alerts_.size(), 1U);
  writer_->finish();
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_COUNTS);
  EXPECT_EQ(alerts_[1].count(), 5U);
  EXPECT_EQ(alerts_[1].key(), alerts_[0].key());
}

TEST_F(AlertWriterTest, CountsAreToldAtMostOnceAMinuteAndTheNextDayBeginsAnew) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 1, {kUnmodelled}));
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 59, 2, {kUnmodelled}));
  EXPECT_EQ(alerts_.size(), 1U);
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 61, 3, {kUnmodelled}));
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].count(), 3U);
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 86'400, 4, {kUnmodelled}));
  ASSERT_EQ(alerts_.size(), 3U);
  EXPECT_EQ(alerts_[2].change(), v1::ALERT_CHANGE_OPENED);
}

TEST_F(AlertWriterTest, RevisionsOfAFoldedAlertGoOnBehindItsOutcome) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 1, {kUnmodelled}));
  tell(event(EventKind::kOutcome, FlowOutcome::kRefused, 1, 1));
  tell(event(EventKind::kFlowEnd, FlowOutcome::kRefused, 2, 1));
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 3, 2, {kUnmodelled}));
  writer_->finish();
  ASSERT_EQ(alerts_.size(), 3U);
  EXPECT_EQ(alerts_[2].revision(), 3U);
  EXPECT_EQ(alerts_[2].outcome(), v1::OUTCOME_REFUSED);
}

TEST_F(AlertWriterTest, BeyondItsLimitTheOldestOpenAlertGetsNoFurtherRevisionAndIsCounted) {
  limit(2, kMaxFolds);
  for (uint64_t flow = 1; flow <= 3; ++flow) {
    tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, flow, {kNever}));
  }
  EXPECT_EQ(writer_->counters().alerts_forgotten, 1U);
  tell(event(EventKind::kOutcome, FlowOutcome::kRefused, 1, 1));
  EXPECT_EQ(alerts_.size(), 3U);
  tell(event(EventKind::kOutcome, FlowOutcome::kRefused, 1, 2));
  EXPECT_EQ(alerts_.size(), 4U);
}

TEST_F(AlertWriterTest, AFlowThatHasEndedTakesNoPlaceAmongOpenAlerts) {
  limit(2, kMaxFolds);
  for (uint64_t flow = 1; flow <= 9; ++flow) {
    tell(event(EventKind::kJudged, FlowOutcome::kRefused, 0, flow, {kNever}));
    tell(event(EventKind::kFlowEnd, FlowOutcome::kRefused, 0, flow));
  }
  EXPECT_EQ(writer_->counters().alerts_forgotten, 0U);
}

TEST_F(AlertWriterTest, ARecordOfAFlowThatGoesOnEndsNoAlert) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 1, {kNever}));
  Event goes_on = event(EventKind::kFlowEnd, FlowOutcome::kAttempted, 1, 1);
  goes_on.end = FlowEndReason::kRunning;
  tell(goes_on);
  tell(event(EventKind::kOutcome, FlowOutcome::kRefused, 2, 1));
  ASSERT_EQ(alerts_.size(), 2U);
  EXPECT_EQ(alerts_[1].outcome(), v1::OUTCOME_REFUSED);
}

TEST_F(AlertWriterTest, CrossingsFoldAgainOnceTheDayThatFilledTheFoldsIsOver) {
  limit(kMaxOpenAlerts, 1);
  const int64_t next_day = 86'400;
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 1, {kUnmodelled}));
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 1, 2, {kUnmodelled}));
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, next_day, 3, {kUnmodelled}));
  ASSERT_EQ(alerts_.size(), 3U);
  EXPECT_EQ(alerts_[1].change(), v1::ALERT_CHANGE_COUNTS) << "what the past day's fold had not told yet";
  EXPECT_EQ(alerts_[1].count(), 2U);
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, next_day + 1, 4, {kUnmodelled}));
  EXPECT_EQ(alerts_.size(), 3U);
  EXPECT_EQ(writer_->counters().folds_evicted, 0U) << "a day that is over is no eviction";
}

TEST_F(AlertWriterTest, AFoldGoesOnWithTheSevererRuleThatItsAlertGot) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 1, {kUnmodelled}));
  tell(event(EventKind::kJudged, FlowOutcome::kEstablished, 1, 1, {kCards}));
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 2, 2, {kUnmodelled}));
  writer_->finish();
  ASSERT_EQ(alerts_.size(), 3U);
  EXPECT_EQ(alerts_[2].revision(), 3U);
  EXPECT_EQ(alerts_[2].rule().element(), "data/cards");
}

TEST_F(AlertWriterTest, EveLineCarriesWhatASocNeeds) {
  tell(event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 77, {kNever}));
  const std::string line = eve_alert(alerts_.at(0));
  for (const char* part :
       {R"("timestamp":"2023-11-14T22:13:20.000000+0000")", R"("src_ip":"10.1.0.7","src_port":40000)",
        R"("signature_id":2)", R"("severity":2)", R"("owner":["ann"])", R"("attack":["T1021"])",
        R"("file_line":["m.yaml:9"])", R"("host":"s1")", R"("community_id":"1:)"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  }
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

// Which reading it was found in changes nothing about which alert it is.
TEST_F(AlertWriterTest, EvidenceSaysInWhichReadingItStood) {
  std::string key;
  for (const EvidenceReading reading : {EvidenceReading::kTarget, EvidenceReading::kOther}) {
    limit(kMaxOpenAlerts, kMaxFolds);
    Event judged = event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 77, {kCards});
    judged.data_alert = true;
    judged.evidence.bytes = 4;
    judged.evidence.data = {'c', 'a', 'r', 'd'};
    judged.evidence.to_responder = true;
    judged.evidence.stream_offset = 9;
    judged.evidence.reading = reading;
    tell(judged);
    const bool other = reading == EvidenceReading::kOther;
    const v1::Alert& alert = alerts_.back();
    ASSERT_EQ(alert.evidence_size(), 1);
    EXPECT_EQ(alert.evidence(0).reading(), other ? v1::READING_OTHER : v1::READING_TARGET);
    EXPECT_NE(eve_alert(alert).find(R"("evidence":["data/cards at byte 9 to responder"],"reading":[")" +
                                    std::string(other ? "other" : "target") + "\"]"),
              std::string::npos);
    EXPECT_TRUE(key.empty() || key == alert.key());
    key = alert.key();
  }
}

TEST_F(AlertWriterTest, AFlowThatWasNotAllSearchedSaysSoInAlertAndRecord) {
  constexpr auto kAll = static_cast<uint8_t>(Unscanned::kNoStream) | static_cast<uint8_t>(Unscanned::kShed) |
                        static_cast<uint8_t>(Unscanned::kDepth);
  Event judged = event(EventKind::kJudged, FlowOutcome::kAttempted, 0, 77, {kNever});
  judged.flow.unscanned = static_cast<uint8_t>(Unscanned::kShed);
  tell(judged);
  Event end = event(EventKind::kFlowEnd, FlowOutcome::kEstablished, 1);
  end.flow.unscanned = kAll;
  tell(end);
  tell(event(EventKind::kFlowEnd, FlowOutcome::kEstablished, 1, 78));
  EXPECT_NE(eve_alert(alerts_.at(0)).find(R"("unscanned":["shed"])"), std::string::npos);
  EXPECT_NE(eve_flow(records_.at(0), "s1")
                .find(R"("flowbits":["outcome.established","unscanned.no_stream","unscanned.shed","unscanned.depth"])"),
            std::string::npos);
  EXPECT_EQ(eve_flow(records_.at(1), "s1").find("unscanned"), std::string::npos) << "all of it was searched";
}

TEST_F(AlertWriterTest, ARecordSaysHowTheFlowCameOutAndThatItsDirectionIsAGuess) {
  Event end = event(EventKind::kFlowEnd, FlowOutcome::kUnanswered, 1);
  tell(end);
  end.flow.direction_assumed = true;
  end.flow.outcome = FlowOutcome::kUnknown;
  tell(end);
  EXPECT_NE(eve_flow(records_.at(0), "s1").find(R"("flowbits":["outcome.unanswered"])"), std::string::npos);
  EXPECT_NE(eve_flow(records_.at(1), "s1").find(R"("flowbits":["outcome.unknown","direction.assumed"])"),
            std::string::npos);
}

}  // namespace
}  // namespace glacis::sensor
