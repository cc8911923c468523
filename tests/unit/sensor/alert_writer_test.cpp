#include "sensor/alert/alert_writer.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "dataplane/policy/generation.h"
#include "glacis/v1/policy.pb.h"
#include "sensor/alert/eve.h"

namespace glacis::sensor {
namespace {

constexpr const char* kPolicyText = R"(
  language: 1
  models { id: "m" version: 3 drift_crossing: UNMODELLED_ALERT crossing_rule: 3 }
  zones { id: "users" models: 0 prefixes { address: "\012\001\000\000" length: 16 } }
  zones { id: "data" models: 0 prefixes { address: "\012\004\000\000" length: 16 } }
  assets { id: "m/db" model: 0 zone: 1 prefixes { address: "\012\004\000\005" length: 32 } }
  nevers { rule: 2 from { zones: 0 } to { zones: 1 } ports { first: 22 last: 22 } enforced: true }
  data { rule: 4 id: "cards" patterns: 0 }
  patterns { expression: "card" field: FIELD_PAYLOAD }
  rules { id: 2 model: "m" element: "never/ssh" kind: RULE_KIND_NEVER severity: SEVERITY_HIGH sentence: "users must never administer data" line { file: "m.yaml" line: 9 } owner: "ann" attack: "T1021" }
  rules { id: 3 model: "m" element: "drift/unmodelled" kind: RULE_KIND_UNMODELLED severity: SEVERITY_MEDIUM sentence: "no line models it" }
  rules { id: 4 model: "m" element: "data/cards" kind: RULE_KIND_DATA severity: SEVERITY_CRITICAL sentence: "cards in clear" }
)";
constexpr RuleIndex kNever{0}, kUnmodelled{1}, kCards{2};

class AlertWriterTest : public testing::Test {
 protected:
  AlertWriterTest() {
    v1::Policy policy;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kPolicyText, &policy));
    auto built = build_generation(policy.SerializeAsString(), GenerationId(1), 7, nullptr);
    if (!built) std::abort();
    generation_ = *built;
  }

  // A flow of users 10.1.0.7 to data 10.4.0.5:22.
  Event event(EventKind kind, FlowOutcome outcome, int64_t seconds_later, uint64_t flow = 77,
              std::initializer_list<RuleIndex> rules = {}) {
    Event out;
    out.kind = kind;
    out.time = seconds(1'700'000'000 + seconds_later);
    out.generation = GenerationId(1);
    out.flow.id = FlowId(flow);
    out.flow.key.low = IpAddress::v4(10, 1, 0, 7);
    out.flow.key.high = IpAddress::v4(10, 4, 0, 5);
    out.flow.key.low_port = 40000;
    out.flow.key.high_port = 22;
    out.flow.key.protocol = kIpProtoTcp;
    out.flow.key.ip_version = 4;
    out.flow.outcome = outcome;
    out.flow.start = out.flow.last = out.time;
    out.flow.initiator_place = generation_->zones().place(out.flow.key.low);
    out.flow.responder_place = generation_->zones().place(out.flow.key.high);
    for (const RuleIndex rule : rules) {
      const v1::Rule& stated = generation_->policy().rules(static_cast<int>(rule.value));
      out.severities[out.rule_count] = static_cast<uint8_t>(stated.severity());
      out.rules[out.rule_count++] = rule;
    }
    return out;
  }
  void tell(const Event& e) { writer_.on_event(e, *generation_); }

  std::shared_ptr<const Generation> generation_;
  std::vector<v1::Alert> alerts_;
  std::vector<v1::FlowRecord> records_;
  AlertWriter writer_{{"s1", "tap1", {"eth1"}},
                      [this](const v1::Alert& a) { alerts_.push_back(a); },
                      [this](const v1::FlowRecord& r) { records_.push_back(r); }};
};

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
  writer_.on_event(event(EventKind::kJudged, FlowOutcome::kEstablished, 1, 77, {kNever}), **built);
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
  writer_.finish();
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
  writer_.finish();
  ASSERT_EQ(alerts_.size(), 3U);
  EXPECT_EQ(alerts_[2].revision(), 3U);
  EXPECT_EQ(alerts_[2].outcome(), v1::OUTCOME_REFUSED);
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

}  // namespace
}  // namespace glacis::sensor
