#include "dataplane/zone/judge.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace glacis {
namespace {

// Zones 1 users, 2 web, 3 data, 4 internet (`any`); a place for each, 0 unknown; place 5 is an asset in data.
constexpr PlaceId kUsers{1}, kWeb{2}, kData{3}, kInternet{4}, kCardDb{5}, kUnknown{0};
constexpr size_t kPlaces = 6;
constexpr RuleIndex kLine{10}, kNever{20}, kBoundary{30}, kCrossing{40}, kInside{41}, kCards{50};
constexpr int64_t kMonday = 1'780'272'000;  // 2026-06-01 00:00 UTC

ZoneTable zones() {
  return {{IpAddress{}},
          {PlaceId(0)},
          {{}, {ZoneId(1), {}}, {ZoneId(2), {}}, {ZoneId(3), {}}, {ZoneId(4), {}}, {ZoneId(3), {0}}}};
}

PlaceSet places(std::initializer_list<PlaceId> list) {
  PlaceSet out(kPlaces);
  for (const PlaceId p : list) out.add(p);
  return out;
}

template <class Rule>
Rule between(RuleIndex rule, PlaceSet from, PlaceSet to, std::vector<Ports> ports = {}, uint8_t severity = 3) {
  Rule out;
  out.rule = rule;
  out.severity = severity;
  out.from = std::move(from);
  out.to = std::move(to);
  out.ports = std::move(ports);
  return out;
}

Question ask(PlaceId from, PlaceId to, uint16_t port = 5432, int64_t at_s = kMonday) {
  return {from, to, port, 6, seconds(at_s)};
}

// One model that declares users, web and data, and alerts on crossings that no line models.
JudgeTables tables() {
  JudgeTables t;
  t.flat.assign(5, false);
  t.trust = {0, 20, 50, 90, 0};
  t.sensitivity.assign(kPlaces, 0);
  DriftRule drift;
  drift.declares = {false, true, true, true, false};
  drift.crossing = UnmodelledAction::kAlert;
  drift.crossing_rule = kCrossing;
  drift.inside = UnmodelledAction::kAllow;
  drift.inside_rule = kInside;
  t.drift.push_back(drift);
  t.lines.push_back(between<FlowLineRule>(kLine, places({kWeb}), places({kData, kCardDb}), {{5432, 5432}}));
  return t;
}

Verdict judged(JudgeTables t, const Question& q) {
  const ZoneTable table = zones();
  return Judge(std::move(t), table).judge(q, table);
}

std::vector<RuleIndex> rules_of(const Verdict& v) { return {v.rules.begin(), v.rules.begin() + v.rule_count}; }

using Rules = std::vector<RuleIndex>;

TEST(Judge, ALineModelsItsOwnDirectionAndPortOnly) {
  const Verdict yes = judged(tables(), ask(kWeb, kData));
  EXPECT_EQ(yes.modelled, ModelledAs::kLine);
  EXPECT_EQ(yes.line, kLine);
  EXPECT_EQ(yes.rule_count, 0);
  EXPECT_EQ(rules_of(judged(tables(), ask(kData, kWeb))), Rules{kCrossing});
  const Verdict other_port = judged(tables(), ask(kWeb, kData, 22));
  EXPECT_EQ(rules_of(other_port), Rules{kCrossing});
  EXPECT_EQ(other_port.line, kNoRule);
}

TEST(Judge, ANeverBeatsTheLineThatModelsTheFlow) {
  JudgeTables t = tables();
  t.nevers.push_back(between<NeverRule>(kNever, places({kWeb}), places({kData})));
  const Verdict v = judged(t, ask(kWeb, kData));
  EXPECT_EQ(v.modelled, ModelledAs::kViolation);
  EXPECT_EQ(rules_of(v), Rules{kNever});
  EXPECT_EQ(v.line, kLine);
}

TEST(Judge, AnExceptLineBeatsTheNeverOnlyWhereItWhollyMatches) {
  JudgeTables t = tables();
  NeverRule never = between<NeverRule>(kNever, places({kWeb}), places({kData}), {}, 5);
  never.except = {0};
  t.nevers.push_back(never);
  EXPECT_EQ(judged(t, ask(kWeb, kData)).rule_count, 0);
  EXPECT_EQ(rules_of(judged(t, ask(kWeb, kData, 22))), (Rules{kNever, kCrossing}));
}

TEST(Judge, TheSeverestViolationStandsFirstAndANeverWinsTies) {
  JudgeTables t = tables();
  t.boundaries.push_back({ZoneId(1), ZoneId(3), kBoundary, 3, UnmodelledAction::kAlert});
  t.nevers.push_back(between<NeverRule>(kNever, places({kUsers}), places({kData}), {}, 3));
  EXPECT_EQ(rules_of(judged(t, ask(kUsers, kData))), (Rules{kNever, kBoundary}));
  t.boundaries[0].severity = 5;
  EXPECT_EQ(rules_of(judged(t, ask(kUsers, kData))), (Rules{kBoundary, kNever}));
}

TEST(Judge, ASteepCrossingOrSensitiveAssetIsAsSevereAsHigh) {
  JudgeTables t = tables();
  const PlaceSet all = places({kUsers, kWeb, kData, kInternet, kCardDb});
  t.nevers.push_back(between<NeverRule>(kNever, all, all, {}, 3));
  EXPECT_EQ(rules_of(judged(t, ask(kData, kUsers))), (Rules{kNever, kCrossing})) << "trust falls: medium";
  const Verdict rising = judged(t, ask(kUsers, kData));
  EXPECT_EQ(rising.severities[0], 4) << "high";
  EXPECT_EQ(rising.severities[1], 3) << "the never line's own";
  EXPECT_EQ(rules_of(judged(t, ask(kUsers, kData))), (Rules{kCrossing, kNever})) << "trust rises by 70: high";
  EXPECT_EQ(rules_of(judged(t, ask(kInternet, kUsers))), (Rules{kNever, kCrossing}));
  t.sensitivity[kUsers.value] = 4;
  EXPECT_EQ(rules_of(judged(t, ask(kInternet, kUsers))), (Rules{kCrossing, kNever}));
}

TEST(Judge, ADeclaredBoundaryTakesThePlaceOfDrift) {
  JudgeTables t = tables();
  t.boundaries.push_back({ZoneId(1), ZoneId(2), kBoundary, 3, UnmodelledAction::kReport});
  const Verdict reported = judged(t, ask(kUsers, kWeb));
  EXPECT_EQ(reported.modelled, ModelledAs::kReported);
  EXPECT_EQ(reported.rule_count, 0);
  EXPECT_EQ(rules_of(judged(t, ask(kWeb, kUsers))), Rules{kCrossing}) << "the pair is ordered";
}

TEST(Judge, AnAllowedCrossingIsStillNotModelled) {
  JudgeTables t = tables();
  t.boundaries.push_back({ZoneId(1), ZoneId(2), kBoundary, 3, UnmodelledAction::kAllow});
  const Verdict v = judged(t, ask(kUsers, kWeb));
  EXPECT_EQ(v.modelled, ModelledAs::kAllowed);
  EXPECT_EQ(v.line, kNoRule);
}

TEST(Judge, AFlatZoneSilencesDriftInsideWithoutModellingIt) {
  JudgeTables t = tables();
  t.drift[0].inside = UnmodelledAction::kAlert;
  EXPECT_EQ(rules_of(judged(t, ask(kUsers, kUsers))), Rules{kInside});
  t.flat[1] = true;
  const Verdict flat = judged(t, ask(kUsers, kUsers));
  EXPECT_EQ(flat.modelled, ModelledAs::kFlat);
  EXPECT_EQ(flat.line, kNoRule);
  EXPECT_EQ(rules_of(judged(t, ask(kUsers, kWeb))), Rules{kCrossing});
}

TEST(Judge, DriftIsSilentWhereTheModelDeclaresNeitherEnd) {
  EXPECT_EQ(judged(tables(), ask(kInternet, kUnknown)).rule_count, 0);
  EXPECT_EQ(rules_of(judged(tables(), ask(kInternet, kWeb))), Rules{kCrossing});
  EXPECT_EQ(rules_of(judged(tables(), ask(kUnknown, kWeb))), Rules{kCrossing});
}

TEST(Judge, DriftJudgesTheModelsOwnAssetInAnothersZone) {
  JudgeTables t = tables();
  t.drift[0].declares.assign(5, false);
  EXPECT_EQ(judged(t, ask(kInternet, kCardDb)).rule_count, 0);
  t.drift[0].assets = places({kCardDb});
  EXPECT_EQ(rules_of(judged(t, ask(kInternet, kCardDb))), Rules{kCrossing});
  EXPECT_EQ(judged(t, ask(kInternet, kData)).rule_count, 0);
}

TEST(Judge, AnyOfSeveralModelsModelsTheFlow) {
  JudgeTables t = tables();
  t.drift.push_back(t.drift[0]);
  t.drift[1].crossing_rule = RuleIndex(42);
  EXPECT_EQ(judged(t, ask(kWeb, kData)).rule_count, 0);
  EXPECT_EQ(rules_of(judged(t, ask(kUsers, kData))), (Rules{kCrossing, RuleIndex(42)}));
}

TEST(Judge, IgnoredProtocolsDoNotDrift) {
  JudgeTables t = tables();
  Question ping = ask(kUsers, kData, 0);
  ping.protocol = 1;
  Question dhcp = ask(kUsers, kData, 67);
  dhcp.protocol = 17;
  EXPECT_EQ(judged(t, ping).rule_count, 1);
  EXPECT_EQ(judged(t, dhcp).rule_count, 1);
  t.drift[0].ignore_icmp = t.drift[0].ignore_dhcp = true;
  EXPECT_EQ(judged(t, ping).modelled, ModelledAs::kAllowed);
  EXPECT_EQ(judged(t, dhcp).rule_count, 0);
  EXPECT_EQ(judged(t, ask(kUsers, kData, 67)).rule_count, 1) << "TCP to port 67 is no DHCP";
}

TEST(Judge, ALineHoldsUpToItsLastSecond) {
  JudgeTables t = tables();
  t.lines[0].until_s = kMonday;
  EXPECT_EQ(judged(t, ask(kWeb, kData, 5432, kMonday)).line, kLine);
  EXPECT_EQ(judged(t, ask(kWeb, kData, 5432, kMonday + 1)).line, kNoRule);
}

TEST(Judge, ALineThatDoesNotHoldNowIsNamedAlsoWhereTheCrossingIsAllowed) {
  JudgeTables t = tables();
  t.lines[0].until_s = kMonday - 1;
  t.boundaries.push_back({ZoneId(2), ZoneId(3), kBoundary, 3, UnmodelledAction::kAllow});
  const Verdict v = judged(t, ask(kWeb, kData));
  EXPECT_EQ(rules_of(v), Rules{kLine});
  EXPECT_EQ(v.line, kNoRule);
  EXPECT_EQ(v.modelled, ModelledAs::kViolation);
  EXPECT_EQ(rules_of(judged(t, ask(kWeb, kData, 22))), Rules{}) << "another port is another matter";
  FlowLineRule second = t.lines[0];
  second.rule = RuleIndex(11);
  second.until_s = 0;
  t.lines.push_back(second);
  EXPECT_EQ(rules_of(judged(t, ask(kWeb, kData))), Rules{}) << "another line holds";
}

TEST(Judge, HoursAreLocalAndEndExclusive) {
  JudgeTables t = tables();
  t.lines[0].days = 0x1f;  // Monday to Friday
  t.lines[0].start_minute = 8 * 60;
  t.lines[0].end_minute = 18 * 60;
  t.lines[0].utc_offsets = {INT64_MIN, 3600, kMonday - 86'400 * 60, 7200};  // summer time is on
  const auto line_at = [&](int64_t s) { return judged(t, ask(kWeb, kData, 5432, s)).line; };
  EXPECT_EQ(line_at(kMonday + 6 * 3600 - 1), kNoRule);
  EXPECT_EQ(line_at(kMonday + 6 * 3600), kLine);  // 08:00 local
  EXPECT_EQ(line_at(kMonday + 16 * 3600 - 1), kLine);
  EXPECT_EQ(line_at(kMonday + 16 * 3600), kNoRule);
  EXPECT_EQ(line_at(kMonday + 5 * 86'400 + 10 * 3600), kNoRule) << "Saturday";
  const int64_t winter = kMonday - 86'400 * 63;  // a Monday
  EXPECT_EQ(line_at(winter + 6 * 3600), kNoRule);
  EXPECT_EQ(line_at(winter + 7 * 3600), kLine);
}

TEST(Judge, ANightBelongsToTheDayOnWhichItBegan) {
  JudgeTables t = tables();
  t.lines[0].days = 0x01;  // Monday
  t.lines[0].start_minute = 22 * 60;
  t.lines[0].end_minute = 4 * 60;
  const auto line_at = [&](int64_t s) { return judged(t, ask(kWeb, kData, 5432, s)).line; };
  EXPECT_EQ(line_at(kMonday + 3 * 3600), kNoRule) << "that was Sunday's night";
  EXPECT_EQ(line_at(kMonday + 22 * 3600), kLine);
  EXPECT_EQ(line_at(kMonday + 27 * 3600), kLine);
  EXPECT_EQ(line_at(kMonday + 28 * 3600), kNoRule);
}

TEST(Judge, ADayMayBeginAtAnyMinute) {
  JudgeTables t = tables();
  t.lines[0].days = 1;  // Monday
  t.lines[0].start_minute = t.lines[0].end_minute = 8 * 60;
  const auto models = [&t](int64_t at_s) { return judged(t, ask(kWeb, kData, 5432, at_s)).line == kLine; };
  EXPECT_FALSE(models(kMonday + 8 * 3600 - 1));
  EXPECT_TRUE(models(kMonday + 8 * 3600));
  EXPECT_TRUE(models(kMonday + 32 * 3600 - 1));
  EXPECT_FALSE(models(kMonday + 32 * 3600));
}

TEST(Judge, AnotherTapsPairIsJudgedButNotHere) {
  JudgeTables t = tables();
  t.elsewhere = {{ZoneId(1), ZoneId(3)}};
  EXPECT_FALSE(judged(t, ask(kUsers, kData)).judged_here);
  EXPECT_TRUE(judged(t, ask(kData, kUsers)).judged_here);
}

TEST(Judge, ScansEverythingForDataAndSelectedEndsForContent) {
  JudgeTables t = tables();
  EXPECT_FALSE(judged(t, ask(kUsers, kWeb)).scan);
  t.scan_selectors.push_back(between<JudgedRule>(kNoRule, places({kUsers}), places({kWeb}), {{80, 80}}));
  EXPECT_TRUE(judged(t, ask(kUsers, kWeb, 80)).scan);
  EXPECT_FALSE(judged(t, ask(kUsers, kWeb, 81)).scan);
  t.scan_everything = true;
  EXPECT_TRUE(judged(t, ask(kData, kInternet)).scan);
}

class JudgeData : public testing::Test {
 protected:
  JudgeData() { t.data.push_back({kCards, 5}); }
  [[nodiscard]] Rules seen(const Question& q) const {
    const ZoneTable table = zones();
    return rules_of(Judge(t, table).judge_data(q, 0, table));
  }
  JudgeTables t = tables();
};

TEST_F(JudgeData, SeenWhereNoLineCarriesItIsADisclosure) {
  EXPECT_EQ(seen(ask(kWeb, kData)), Rules{kCards});
  t.lines[0].carries = 1;
  EXPECT_EQ(seen(ask(kWeb, kData)), Rules{});
  EXPECT_EQ(seen(ask(kWeb, kData, 22)), Rules{kCards}) << "the line does not cover this flow";
}

TEST_F(JudgeData, ANeverThatCarriesFiresOnDataAndNotOnEnds) {
  NeverRule never = between<NeverRule>(kNever, places({kWeb}), places({kData}));
  never.carries = 1;
  t.nevers.push_back(never);
  t.lines[0].carries = 1;
  EXPECT_EQ(judged(t, ask(kWeb, kData)).rule_count, 0);
  EXPECT_EQ(seen(ask(kWeb, kData)), Rules{kNever});
  t.nevers[0].except = {0};
  EXPECT_EQ(seen(ask(kWeb, kData)), Rules{});
}

TEST_F(JudgeData, AnUnknownClassBreaksNothing) {
  const ZoneTable table = zones();
  EXPECT_EQ(Judge(t, table).judge_data(ask(kWeb, kData), 64, table).rule_count, 0);
}

TEST(Judge, OfNothingAllowsEverything) {
  const Verdict v = Judge().judge(ask(kUsers, kData), zones());
  EXPECT_EQ(v.rule_count, 0);
  EXPECT_EQ(v.modelled, ModelledAs::kAllowed);
  const ZoneTable table = zones();
  EXPECT_EQ(Judge(JudgeTables{}, table).judge(ask(kUsers, kData), table).modelled, ModelledAs::kAllowed);
}

// Random policies, wide enough that some rules are kept beside the zone pairs.
struct RandomPolicy {
  explicit RandomPolicy(uint32_t seed) : random(seed) {
    const size_t zone_count = 2 + random() % 60, place_count = zone_count + random() % 20;
    std::vector<ZoneTable::Place> list(1);
    for (size_t p = 1; p < place_count; ++p) list.push_back({ZoneId(static_cast<uint16_t>(random() % zone_count)), {}});
    table = ZoneTable({IpAddress{}}, {PlaceId(0)}, std::move(list));
    for (size_t z = 0; z < zone_count; ++z) {
      t.flat.push_back(z != 0 && random() % 4 == 0);
      t.trust.push_back(static_cast<uint8_t>(random() % 101));
    }
    for (size_t p = 0; p < place_count; ++p) t.sensitivity.push_back(static_cast<uint8_t>(random() % 6));
    for (size_t i = random() % 30; i > 0; --i) {
      FlowLineRule line;
      fill(line);
      if (random() % 4 == 0) line.until_s = kMonday;
      if (random() % 4 == 0) line.days = static_cast<uint8_t>(random() % 128);
      if (random() % 4 == 0) line.start_minute = static_cast<uint16_t>(random() % 1440);
      if (random() % 4 == 0) line.end_minute = static_cast<uint16_t>(random() % 1440);
      t.lines.push_back(line);
    }
    for (size_t i = random() % 10; i > 0; --i) {
      NeverRule never;
      fill(never);
      if (!t.lines.empty() && random() % 2 == 0)
        never.except.push_back(static_cast<uint32_t>(random() % t.lines.size()));
      if (random() % 4 == 0) never.carries = 1;
      t.nevers.push_back(never);
    }
    for (size_t i = random() % 6; i > 0; --i) fill(t.scan_selectors.emplace_back());
    DriftRule drift;
    for (size_t z = 0; z < zone_count; ++z) drift.declares.push_back(random() % 2 == 0);
    drift.crossing = drift.inside = UnmodelledAction::kAlert;
    drift.crossing_rule = kCrossing;
    drift.inside_rule = kInside;
    t.drift.push_back(drift);
  }
  void fill(JudgedRule& rule) {
    rule.rule = RuleIndex(static_cast<uint32_t>(100 + random() % 1000));
    rule.severity = static_cast<uint8_t>(1 + random() % 5);
    for (PlaceSet* end : {&rule.from, &rule.to}) *end = random() % 2 == 0 ? some_places() : whole_zone();
    for (size_t i = random() % 4; i > 0; --i) {
      const auto first = static_cast<uint16_t>(random() % 8);
      rule.ports.push_back({first, static_cast<uint16_t>(first + random() % 3)});
    }
  }
  PlaceSet some_places() {
    PlaceSet out(table.places());
    const unsigned one_in = 1 + random() % 8;
    for (uint32_t p = 0; p < table.places(); ++p) {
      if (random() % one_in == 0) out.add(PlaceId(p));
    }
    return out;
  }
  PlaceSet whole_zone() {
    PlaceSet out(table.places());
    const ZoneId zone = table.zone(PlaceId(static_cast<uint32_t>(random() % table.places())));
    for (uint32_t p = 0; p < table.places(); ++p) {
      if (table.zone(PlaceId(p)) == zone) out.add(PlaceId(p));
    }
    return out;
  }
  Question question() {
    Question q;
    q.initiator = PlaceId(static_cast<uint32_t>(random() % table.places()));
    q.responder = PlaceId(static_cast<uint32_t>(random() % table.places()));
    q.responder_port = static_cast<uint16_t>(random() % 9);
    q.protocol = 6;
    q.time = seconds(kMonday + static_cast<int64_t>(random() % 604'800) - 302'400);
    return q;
  }
  std::mt19937 random;
  ZoneTable table;
  JudgeTables t;
};

std::string text(const Verdict& v) {
  std::ostringstream out;
  out << static_cast<int>(v.modelled) << " line " << v.line.value << (v.judged_here ? "" : " elsewhere")
      << (v.scan ? " scan" : "");
  for (int i = 0; i < v.rule_count; ++i) {
    const auto at = static_cast<size_t>(i);
    out << ' ' << v.rules[at].value << '/' << int{v.severities[at]};
  }
  return out.str();
}

TEST(Judge, TheIndexAndThePlainTwinNeverDiffer) {
  size_t violations = 0, modelled = 0, scanned = 0;
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    RandomPolicy policy(seed);
    const Judge judge(policy.t, policy.table);
    for (int i = 0; i < 200; ++i) {
      const Question q = policy.question();
      const Verdict fast = judge.judge(q, policy.table);
      ASSERT_EQ(judge.has_line(q, policy.table), fast.line != kNoRule);
      ASSERT_EQ(text(fast), text(judge.judge_plainly(q, policy.table)))
          << "seed " << seed << ": " << q.initiator.value << " to " << q.responder.value << " port "
          << q.responder_port;
      violations += fast.rule_count != 0;
      modelled += fast.line != kNoRule;
      scanned += fast.scan;
    }
  }
  EXPECT_GT(violations, 1000u);
  EXPECT_GT(modelled, 1000u);
  EXPECT_GT(scanned, 1000u);
}

}  // namespace
}  // namespace glacis
