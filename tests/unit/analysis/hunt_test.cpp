#include "control/analysis/hunt.h"

#include <gmock/gmock.h>

#include "control/analysis/explain.h"
#include "dataplane/policy/generation.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Nanos kStart = seconds(1'795'000'000);  // 2026-11-18 11:06:40
constexpr uint8_t kTcp = 6, kUdp = 17, kIcmp = 1;

const std::string kPlaces =
    "assets:\n"
    "  pc: {zone: users, addr: 10.1.7.7}\n"
    "  db: {zone: data, addr: 10.4.0.5}\n"
    "  cloud: {zone: internet, name: x.example.net}\n"
    "hours: {tz: UTC}\n"
    "flows:\n"
    "  f-db: {from: pc, to: db, port: 5432}\n"
    "  f-night: {from: users, to: db, port: 22, hours: \"11:00-12:00\"}\n";

struct Ends {
  const char* from;
  const char* to;
  uint16_t port;
};

FlowSummary flow(Ends ends, FlowOutcome outcome = FlowOutcome::kEstablished, Nanos after = Nanos(0)) {
  static uint64_t id = 0;
  FlowSummary out;
  out.id = ++id;
  out.initiator = *ip_address(ends.from);
  out.responder = *ip_address(ends.to);
  out.initiator_port = 40'000;
  out.responder_port = ends.port;
  out.protocol = kTcp;
  out.outcome = outcome;
  out.first = kStart + after;
  out.last = out.first + seconds(2);
  return out;
}

constexpr Ends kPcToDb{"10.1.7.7", "10.4.0.5", 5432};
constexpr Ends kOtherToDb{"10.1.0.9", "10.4.0.5", 5432};
constexpr Ends kInside{"10.4.0.9", "10.4.0.5", 5432};
constexpr Ends kFromOutside{"203.0.113.9", "10.4.0.5", 5432};

class Hunts : public testing::Test {
 protected:
  void hunt(const std::string& run, const std::string& more = "") {
    model_ = good(small_model(kPlaces + "hunts: {h: {ask: 'Who?', run: " + run + more + "}}\n"));
    auto made = Hunter::make(model_);
    ASSERT_TRUE(made) << told(made.error());
    hunter_ = std::move(*made);
  }
  void record(FlowSummary one) {
    source_.seen.push_back({one.first, one.last});
    source_.flows.push_back(std::move(one));
  }
  HuntAnswer answer(std::optional<Nanos> at = std::nullopt) {
    return hunter_->answer(hunter_->model().hunts.at(0), {&source_, 1}, at);
  }
  // Which of these flows are hits: their initiators' last byte, in the order of answers.
  std::vector<int> hits(std::initializer_list<FlowSummary> flows) {
    source_ = {};
    for (const FlowSummary& one : flows) record(one);
    std::vector<int> out;
    for (const HuntedFlow& found : answer().flows) out.push_back(found.flow.initiator.bytes[15]);
    return out;
  }

  Model model_;
  std::unique_ptr<Hunter> hunter_;
  HuntSource source_;
};

TEST_F(Hunts, EndsAndPortOfTheStepDecide) {
  hunt("{flow: db, from: users, port: 5432}");
  EXPECT_THAT(hits({flow(kOtherToDb)}), ElementsAre(9));
  EXPECT_THAT(hits({flow({"10.1.0.9", "10.4.0.5", 5433})}), IsEmpty());
  EXPECT_THAT(hits({flow({"10.1.0.9", "10.4.0.6", 5432})}), IsEmpty());
  EXPECT_THAT(hits({flow(kInside), flow(kFromOutside)}), IsEmpty());
}

TEST_F(Hunts, OutsideIsWhoeverStandsInNoneOfThesePlaces) {
  hunt("{flow: db, outside: [data, pc]}");
  EXPECT_THAT(hits({flow(kPcToDb)}), IsEmpty()) << "the asset";
  EXPECT_THAT(hits({flow(kInside)}), IsEmpty()) << "the zone";
  EXPECT_THAT(hits({flow(kOtherToDb), flow(kFromOutside, FlowOutcome::kData, seconds(1))}), ElementsAre(9, 9));
  EXPECT_THAT(hits({flow({"192.168.1.77", "10.4.0.5", 5432})}), ElementsAre(77)) << "in no zone is outside, too";
}

TEST_F(Hunts, OutcomeOfARecordIsThatOfTheWholeFlow) {
  hunt("{flow: db, is: [established]}");
  EXPECT_THAT(hits({flow(kPcToDb, FlowOutcome::kData)}), ElementsAre(7));
  EXPECT_THAT(hits({flow(kPcToDb, FlowOutcome::kRefused), flow(kPcToDb, FlowOutcome::kUnanswered)}), IsEmpty());
  hunt("{flow: db, is: [denied]}");
  EXPECT_THAT(hits({flow(kPcToDb, FlowOutcome::kRefused)}), ElementsAre(7));
  EXPECT_THAT(hits({flow(kPcToDb, FlowOutcome::kUnanswered)}), ElementsAre(7));
  EXPECT_THAT(hits({flow(kPcToDb, FlowOutcome::kData)}), IsEmpty());
}

TEST_F(Hunts, UnmodelledIsWhatNoLineCoversAtItsFirstOrLastPacket) {
  hunt("{flow: db, is: [unmodelled]}");
  EXPECT_THAT(hits({flow(kPcToDb)}), IsEmpty());
  EXPECT_THAT(hits({flow(kOtherToDb)}), ElementsAre(9));
  FlowSummary in_hours = flow({"10.1.0.9", "10.4.0.5", 22});
  EXPECT_THAT(hits({in_hours}), IsEmpty());
  in_hours.last = in_hours.first + seconds(3'600);
  EXPECT_THAT(hits({in_hours}), ElementsAre(9)) << "it went on after 12:00";
}

TEST_F(Hunts, ALineIsItsEndsPortAndHours) {
  hunt("{flow: f-night}");
  EXPECT_THAT(hits({flow({"10.1.0.9", "10.4.0.5", 22})}), ElementsAre(9));
  EXPECT_THAT(hits({flow({"10.1.0.9", "10.4.0.5", 22}, FlowOutcome::kData, seconds(7'200))}), IsEmpty());
}

TEST_F(Hunts, OneVariableAtBothEndsIsAHostThatTalksToItself) {
  hunt("{flow: data $h, from: data $h}");
  EXPECT_THAT(hits({flow(kInside)}), IsEmpty());
  EXPECT_THAT(hits({flow({"10.4.0.5", "10.4.0.5", 1})}), ElementsAre(5));
}

TEST_F(Hunts, IcmpHasNoPort) {
  FlowSummary ping = flow({"10.1.0.9", "10.4.0.5", 0});
  ping.protocol = kIcmp;
  ping.responder_port = ping.initiator_port = 0;
  hunt("{flow: db}");
  EXPECT_THAT(hits({ping}), ElementsAre(9));
  hunt("{flow: db, port: 8}");
  EXPECT_THAT(hits({ping}), IsEmpty());
}

TEST_F(Hunts, AnAssumedDirectionIsTurnedToTheOneThatALineCovers) {
  FlowSummary answer = flow({"10.4.0.5", "10.1.7.7", 40'000});
  answer.initiator_port = 5432;
  hunt("{flow: pc, from: db}");
  EXPECT_THAT(hits({answer}), ElementsAre(5)) << "proved";
  answer.direction_assumed = true;
  EXPECT_THAT(hits({answer}), IsEmpty());
  hunt("{flow: f-db}");
  EXPECT_THAT(hits({answer}), ElementsAre(7));
}

TEST_F(Hunts, OnlyFlowsOfWhichSomeLiesInTheWindowCount) {
  hunt("{flow: db}", ", over: 1h");
  record(flow(kOtherToDb, FlowOutcome::kData, seconds(-7'200)));
  record(flow(kPcToDb));
  EXPECT_EQ(answer().flows.size(), 1U) << "an hour before the end of what is stored";
  EXPECT_EQ(answer(kStart - seconds(3'700)).flows.at(0).flow.initiator, *ip_address("10.1.0.9"));
  EXPECT_EQ(answer(kStart + seconds(3'601)).flows.size(), 1U) << "its last second is in";
  EXPECT_EQ(answer(kStart + seconds(3'603)).result, HuntResult::kUnknown);
}

TEST_F(Hunts, LookedAtIsWhatIsStoredOfTheWindow) {
  hunt("{flow: db}", ", over: 10m");
  record(flow(kPcToDb));
  source_.seen = {{kStart - seconds(9'000), kStart - seconds(540)},
                  {kStart - seconds(60), kStart},
                  {kStart - seconds(30), kStart + seconds(10)}};
  const HuntAnswer said = answer(kStart + seconds(20));
  EXPECT_EQ(said.window, (Stretch{kStart - seconds(580), kStart + seconds(20)}));
  EXPECT_THAT(said.seen, ElementsAre(Stretch{kStart - seconds(580), kStart - seconds(540)},
                                     Stretch{kStart - seconds(60), kStart + seconds(10)}));
  EXPECT_EQ(said.looked_at, seconds(40 + 70));
}

TEST_F(Hunts, NothingStoredOfTheTimeIsNoNo) {
  hunt("{flow: db}", ", over: 1h");
  record(flow(kOtherToDb));
  const HuntAnswer said = answer(kStart + seconds(86'400));
  EXPECT_EQ(said.result, HuntResult::kUnknown);
  EXPECT_EQ(said.why, "nothing that is stored is of that time");
}

TEST_F(Hunts, AnOutcomeThatWasNotSeenIsNoNo) {
  hunt("{flow: db, is: [established]}");
  record(flow(kPcToDb, FlowOutcome::kUnknown));
  record(flow({"10.1.7.7", "10.4.0.6", 5432}, FlowOutcome::kUnknown));
  FlowSummary foreign = flow(kOtherToDb);
  foreign.outcome.reset();
  EXPECT_EQ(answer().why, "1 flow fits, but whether it was established was not seen");
  record(foreign);
  EXPECT_EQ(answer().result, HuntResult::kUnknown);
  EXPECT_EQ(answer().why, "2 flows fit, but whether they were established was not seen");
  record(flow(kPcToDb, FlowOutcome::kData, seconds(1)));
  EXPECT_EQ(answer().result, HuntResult::kYes);
}

TEST_F(Hunts, WhatRecordsCannotShowIsSaid) {
  const auto why = [&](const std::string& run) {
    hunt(run);
    source_ = {};
    record(flow(kPcToDb));
    EXPECT_EQ(answer().result, HuntResult::kUnknown);
    return answer().why;
  };
  EXPECT_EQ(why("{content: abc, to: db}"), "cannot be answered from flow records: needs payload");
  EXPECT_EQ(why("{anomaly: any}"), "cannot be answered from flow records: needs packets");
  EXPECT_EQ(why("{auth: any, outside: [users]}"), "cannot be answered from flow records: needs auth");
  EXPECT_EQ(why("{flow: db, is: [periodic]}"), "cannot be answered from flow records: needs signals");
  EXPECT_EQ(why("{flow: cloud}"), "cannot be answered from flow records: needs names");
  EXPECT_EQ(why("{flow: any, outside: [cloud]}"), "cannot be answered from flow records: needs names");
}

TEST_F(Hunts, WhatNoSensorHasIsSaidOfCapturesToo) {
  hunt("{auth: any}");
  source_.kind = HuntSource::Kind::kCaptures;
  EXPECT_EQ(answer().why, "cannot be answered from captures yet: needs auth");
  EXPECT_EQ(parse_text(small_model("hunts: {h: {ask: 'Who?'}}\n")).diagnostics.size(), 0U);
  hunter_ = std::move(*Hunter::make(good(small_model("hunts: {h: {ask: 'Who?'}}\n"))));
  EXPECT_EQ(answer().why, "it has no run, which says what to look for");
}

TEST_F(Hunts, OfCapturesTheSensorsHitsCountAndLossesOfBytesWhereBytesAreAskedFor) {
  hunt("{content: abc, to: db}");
  source_.kind = HuntSource::Kind::kCaptures;
  source_.payload_losses = {"3 holes"};
  record(flow(kPcToDb));
  record(flow(kOtherToDb));
  EXPECT_EQ(answer().result, HuntResult::kNo);
  EXPECT_THAT(answer().losses, ElementsAre("3 holes"));
  source_.flows[1].unsearched = true;
  EXPECT_THAT(answer().losses, ElementsAre("3 holes", "1 flow that fit, but for bytes that were not searched"));
  source_.hits["h"] = {source_.flows[0].id};
  source_.hits["other"] = {source_.flows[1].id};
  ASSERT_EQ(answer().flows.size(), 1U);
  EXPECT_EQ(answer().flows[0].flow.initiator, *ip_address("10.1.7.7"));
  hunt("{flow: data, port: 1}");
  EXPECT_THAT(answer().losses, IsEmpty());
}

TEST_F(Hunts, AFlowInTwoSourcesIsToldOnceAndTheLatestFirst) {
  hunt("{flow: db}");
  record(flow(kPcToDb));
  record(flow(kOtherToDb, FlowOutcome::kData, seconds(5)));
  record(source_.flows[0]);
  const HuntAnswer said = answer();
  ASSERT_EQ(said.flows.size(), 2U);
  EXPECT_EQ(said.flows[0].flow.initiator, *ip_address("10.1.0.9"));
  EXPECT_EQ(said.flows[1].from.zone, "users");
  EXPECT_THAT(said.flows[1].from.assets, ElementsAre("pc"));
}

TEST_F(Hunts, OneSourceMayAnswerWhatAnotherCannot) {
  hunt("{content: abc, to: db}");
  record(flow(kPcToDb));
  HuntSource captures = source_;
  captures.kind = HuntSource::Kind::kCaptures;
  const std::vector<HuntSource> both = {captures, source_};
  const HuntAnswer said = hunter_->answer(hunter_->model().hunts[0], both, std::nullopt);
  EXPECT_EQ(said.result, HuntResult::kNo);
  EXPECT_THAT(said.unasked, ElementsAre("cannot be answered from flow records: needs payload"));
}

TEST_F(Hunts, PolicyHasTheHuntsInPlaceOfTheCases) {
  model_ = good(small_model(kPlaces +
                            "abuse: {c: {says: x, path: {any: [{id: s, flow: db, is: [unmodelled]}]}}}\n"
                            "hunts: {h: {ask: 'Who?', run: {flow: db}}, blind: {ask: 'Who?', run: {auth: any}}}\n"));
  v1::Policy policy;
  ASSERT_TRUE(policy.ParseFromString((*Hunter::make(model_))->policy()));
  ASSERT_EQ(policy.paths_size(), 2);
  EXPECT_EQ(policy.paths(0).id(), "h");
  EXPECT_TRUE(policy.paths(0).each());
  EXPECT_TRUE(policy.paths(0).enforced());
  EXPECT_FALSE(policy.paths(1).enforced());
  EXPECT_EQ(rule_of(policy, "hunts/h").sentence(), "Who?");
  EXPECT_THAT(policy.features(), testing::Contains("path-each"));
  EXPECT_THAT(policy_of({model_}).features(), testing::Not(testing::Contains("path-each")));
}

TEST_F(Hunts, UdpIsAskedLikeTcp) {
  hunt("{flow: db, port: 53, is: [established]}");
  FlowSummary query = flow({"10.1.0.9", "10.4.0.5", 53});
  query.protocol = kUdp;
  EXPECT_THAT(hits({query}), ElementsAre(9));
}

TEST(HuntQueries, AreReadAsStepsAre) {
  EXPECT_EQ(faults_of("flows: {f: {from: users, to: data}}\nhunts: {h: {ask: x, run: {flow: [f, data]}}}\n"),
            "two-targets@2:26 the line 'f' stands in a list / a step for each line, under any:\n");
  EXPECT_EQ(faults_of("hunts: {h: {ask: x, run: {content: '(', to: data}}}\n").substr(0, 16), "bad-pattern@1:36");
  EXPECT_EQ(faults_of("hunts: {h: {ask: x, run: {flow: any, outside: [users]}}}\n"), "");
  EXPECT_EQ(faults_of("hunts: {h: {ask: x, run: {flow: any, interface: y}}}\n"),
            "key-without-verb@1:38 'interface' says nothing beside 'flow'\n");
  EXPECT_EQ(faults_of("abuse: {c: {says: x, path: {any: [{id: s, flow: any, is: [unmodelled], outside: [users]}]}}}\n"),
            "key-without-verb@1:72 'outside' says nothing beside 'flow'\n");
}

TEST(HuntQueries, NoSensorEnforcesThem) {
  EXPECT_EQ(not_enforced_of(policy_of("hunts: {h: {ask: x, run: {flow: any, is: [periodic]}}}\n")),
            "hunts/h needs hunts\n");
}

}  // namespace
}  // namespace glacis::control
