// Every fault that a policy can have, each with its place; bytes are hostile.
#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string_view>

#include "tests/unit/policy/policy_texts.h"

namespace glacis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

struct Fault {
  const char* name;
  std::function<void(v1::Policy&)> spoil;
  const char* told;  // "where: what" begins so
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

using P = v1::Policy;
const Fault kFaults[] = {
    {"Language", [](P& p) { p.set_language(2); }, "language: language version 2 is not known"},
    {"NoLanguage", [](P& p) { p.clear_language(); }, "language: language version 0 is not known"},
    {"Feature", [](P& p) { p.set_features(1, "apps"); }, "features[1]: unknown feature 'apps'"},
    {"FeatureCase", [](P& p) { p.set_features(0, "Boundary"); }, "features[0]: unknown feature 'Boundary'"},
    {"RuleIdZero", [](P& p) { p.mutable_rules(0)->set_id(0); }, "rules[0].id: rule id 0"},
    {"RuleIdTooLarge", [](P& p) { p.mutable_rules(0)->set_id(0x8000'0000); }, "rules[0].id: rule id 2147483648"},
    {"RuleIdTwice", [](P& p) { p.mutable_rules(0)->set_id(6); }, "rules[6].id: rule id 6 stands twice"},
    {"Severity", [](P& p) { p.mutable_rules(2)->set_severity(static_cast<v1::Severity>(6)); },
     "rules[2].severity: severity 6 is not known"},
    {"DriftCrossing", [](P& p) { p.mutable_models(1)->set_drift_crossing(static_cast<v1::Unmodelled>(4)); },
     "models[1].drift_crossing: action 4"},
    {"DriftInside", [](P& p) { p.mutable_models(1)->set_drift_inside(static_cast<v1::Unmodelled>(-1)); },
     "models[1].drift_inside: action -1"},
    {"CrossingRule", [](P& p) { p.mutable_models(0)->set_crossing_rule(77); }, "models[0].crossing_rule: no rule 77"},
    {"InsideRule", [](P& p) { p.mutable_models(0)->set_inside_rule(0); }, "models[0].inside_rule: no rule 0"},
    {"ZoneModel", [](P& p) { p.mutable_zones(0)->set_models(1, 2); }, "zones[0].models[1]: no model 2"},
    {"Trust", [](P& p) { p.mutable_zones(1)->set_trust(101); }, "zones[1].trust: trust 101"},
    {"SecondAny", [](P& p) { p.mutable_zones(0)->set_any(true); }, "zones[2].any: a second zone has `any`"},
    {"PrefixSize", [](P& p) { p.mutable_zones(0)->mutable_prefixes(0)->set_address("\x0a\x01\x00", 3); },
     "zones[0].prefixes[0]: not an IPv4"},
    {"PrefixEmpty", [](P& p) { p.mutable_zones(0)->add_prefixes(); }, "zones[0].prefixes[1]: not an IPv4"},
    {"PrefixLength4", [](P& p) { p.mutable_assets(0)->mutable_prefixes(0)->set_length(33); },
     "assets[0].prefixes[0]: not an IPv4"},
    {"PrefixLength6",
     [](P& p) {
       p.mutable_zones(0)->mutable_prefixes(0)->set_address(std::string(16, '\0'));
       p.mutable_zones(0)->mutable_prefixes(0)->set_length(129);
     },
     "zones[0].prefixes[0]: not an IPv4"},
    {"PrefixLengthWraps", [](P& p) { p.mutable_zones(0)->mutable_prefixes(0)->set_length(0xffff'ffff); },
     "zones[0].prefixes[0]: not an IPv4"},
    {"PrefixBits", [](P& p) { p.mutable_zones(0)->mutable_prefixes(0)->set_length(15); },
     "zones[0].prefixes[0]: bits beyond"},
    {"PrefixInTwoZones", [](P& p) { *p.mutable_zones(2)->add_prefixes() = p.zones(0).prefixes(0); },
     "zones[2].prefixes[0]: this prefix stands twice"},
    {"PrefixInTwoAssets", [](P& p) { *p.mutable_assets(1)->add_prefixes() = p.assets(0).prefixes(0); },
     "assets[1].prefixes[0]: this prefix stands twice"},
    {"AssetZone", [](P& p) { p.mutable_assets(0)->set_zone(3); }, "assets[0].zone: no zone 3"},
    {"AssetModel", [](P& p) { p.mutable_assets(2)->set_model(2); }, "assets[2].model: no model 2"},
    {"AssetSensitivity", [](P& p) { p.mutable_assets(0)->set_sensitivity(6); }, "assets[0].sensitivity: sensitivity 6"},
    {"ZoneStack", [](P& p) { p.mutable_zones(1)->set_stack(static_cast<v1::Stack>(12)); },
     "zones[1].stack: stack 12 is not known"},
    {"AssetStack", [](P& p) { p.mutable_assets(2)->set_stack(static_cast<v1::Stack>(-1)); },
     "assets[2].stack: stack -1 is not known"},
    {"FlowRule", [](P& p) { p.mutable_flows(0)->set_rule(8); }, "flows[0].rule: no rule 8"},
    {"FlowModel", [](P& p) { p.mutable_flows(0)->set_model(2); }, "flows[0].model: no model 2"},
    {"FlowFromZone", [](P& p) { p.mutable_flows(0)->mutable_from()->set_zones(0, 3); },
     "flows[0].from.zones[0]: no zone 3"},
    {"FlowToAsset", [](P& p) { p.mutable_flows(0)->mutable_to()->set_assets(0, 0xffff'ffff); },
     "flows[0].to.assets[0]: no asset 4294967295"},
    {"FlowPortsOrder", [](P& p) { p.mutable_flows(0)->mutable_ports(0)->set_first(5433); },
     "flows[0].ports[0]: port range 5433-5432"},
    {"FlowPortsRange", [](P& p) { p.mutable_flows(0)->mutable_ports(0)->set_last(65536); },
     "flows[0].ports[0]: port range 5432-65536"},
    {"FlowCarries", [](P& p) { p.mutable_flows(0)->set_carries(0, 64); }, "flows[0].carries[0]: no data class 64"},
    {"FlowIdentity", [](P& p) { p.mutable_flows(0)->set_as_identity_plus1(2); },
     "flows[0].as_identity_plus1: no identity 1"},
    {"FlowNoDay", [](P& p) { p.mutable_flows(0)->mutable_hours()->set_days(0); }, "flows[0].hours.days: days 0"},
    {"FlowDays", [](P& p) { p.mutable_flows(0)->mutable_hours()->set_days(128); }, "flows[0].hours.days: days 128"},
    {"FlowStart", [](P& p) { p.mutable_flows(0)->mutable_hours()->set_start_minute(1441); },
     "flows[0].hours: minutes 1441 to 1080"},
    {"FlowEnd", [](P& p) { p.mutable_flows(0)->mutable_hours()->set_end_minute(70'000); },
     "flows[0].hours: minutes 480 to 70000"},
    {"TimeZone", [](P& p) { p.mutable_flows(0)->mutable_hours()->set_tz("Europe/Glacis"); },
     "flows[0].hours.tz: no time zone 'Europe/Glacis'"},
    {"TimeZoneIsAFolder", [](P& p) { p.mutable_flows(0)->mutable_hours()->set_tz("Europe"); },
     "flows[0].hours.tz: no time zone 'Europe'"},
    {"TimeZoneOutside", [](P& p) { p.mutable_flows(0)->mutable_hours()->set_tz("../../etc/localtime"); },
     "flows[0].hours.tz: not the name of a time zone"},
    {"NeverRule", [](P& p) { p.mutable_nevers(0)->set_rule(8); }, "nevers[0].rule: no rule 8"},
    {"NeverModel", [](P& p) { p.mutable_nevers(1)->set_model(2); }, "nevers[1].model: no model 2"},
    {"NeverFrom", [](P& p) { p.mutable_nevers(0)->mutable_from()->add_assets(3); },
     "nevers[0].from.assets[0]: no asset 3"},
    {"NeverTo", [](P& p) { p.mutable_nevers(0)->mutable_to()->add_zones(9); }, "nevers[0].to.zones[1]: no zone 9"},
    {"NeverPorts", [](P& p) { p.mutable_nevers(0)->add_ports()->set_first(1); }, "nevers[0].ports[1]: port range 1-0"},
    {"NeverCarries", [](P& p) { p.mutable_nevers(0)->add_carries(2); }, "nevers[0].carries[0]: no data class 2"},
    {"NeverExcept", [](P& p) { p.mutable_nevers(0)->add_except_flows(1); },
     "nevers[0].except_flows[1]: no flow line 1"},
    {"BoundaryRule", [](P& p) { p.mutable_boundaries(0)->set_rule(8); }, "boundaries[0].rule: no rule 8"},
    {"BoundaryModel", [](P& p) { p.mutable_boundaries(0)->set_model(2); }, "boundaries[0].model: no model 2"},
    {"BoundaryFrom", [](P& p) { p.mutable_boundaries(1)->set_from_zone(3); }, "boundaries[1].from_zone: no zone 3"},
    {"BoundaryTo", [](P& p) { p.mutable_boundaries(0)->set_to_zone(3); }, "boundaries[0].to_zone: no zone 3"},
    {"BoundaryAction", [](P& p) { p.mutable_boundaries(0)->set_unmodelled(static_cast<v1::Unmodelled>(9)); },
     "boundaries[0].unmodelled: action 9"},
    {"DataRule", [](P& p) { p.mutable_data(1)->set_rule(8); }, "data[1].rule: no rule 8"},
    {"DataModel", [](P& p) { p.mutable_data(1)->set_model(2); }, "data[1].model: no model 2"},
    {"DataSensitivity", [](P& p) { p.mutable_data(0)->set_sensitivity(6); }, "data[0].sensitivity: sensitivity 6"},
    {"DataPattern", [](P& p) { p.mutable_data(0)->set_patterns(1, 2); }, "data[0].patterns[1]: no pattern 2"},
    {"IdentityModel", [](P& p) { p.mutable_identities(0)->set_model(2); }, "identities[0].model: no model 2"},
    {"ElsewhereFrom", [](P& p) { p.mutable_judged_elsewhere(1)->set_from(3); }, "judged_elsewhere[1].from: no zone 3"},
    {"ElsewhereTo", [](P& p) { p.mutable_judged_elsewhere(0)->set_to(3); }, "judged_elsewhere[0].to: no zone 3"},
    {"PatternField", [](P& p) { p.mutable_patterns(1)->clear_field(); }, "patterns[1].field: unknown field class 0"},
    {"PatternCheck", [](P& p) { p.mutable_patterns(1)->set_check(static_cast<v1::Check>(2)); },
     "patterns[1].check: unknown check 2"},
    {"PatternEvidence", [](P& p) { p.mutable_patterns(1)->set_evidence(static_cast<v1::EvidencePolicy>(4)); },
     "patterns[1].evidence: unknown evidence policy 4"},
    {"PatternNul", [](P& p) { p.mutable_patterns(1)->set_expression(std::string("a\0(", 3)); },
     "patterns[1]: a zero byte in a pattern"},
    {"PatternSyntax", [](P& p) { p.mutable_patterns(1)->set_expression("a(b"); },
     "patterns[1]: pattern does not compile"},
    {"PatternEmpty", [](P& p) { p.mutable_patterns(1)->set_expression("a*"); },
     "patterns[1]: pattern matches the empty string"},
};

class PolicyFault : public testing::TestWithParam<Fault> {};

TEST_P(PolicyFault, IsNamedWithItsPlaceAndNothingElseIs) {
  v1::Policy policy = good_policy();
  GetParam().spoil(policy);
  EXPECT_THAT(faults_of(build(policy)), ElementsAre(StartsWith(GetParam().told)));
}

INSTANTIATE_TEST_SUITE_P(Each, PolicyFault, testing::ValuesIn(kFaults),
                         [](const auto& of) { return std::string(of.param.name); });

bool tells_all(const std::vector<std::string>& told, const std::vector<std::string>& expected) {
  return std::all_of(expected.begin(), expected.end(), [&](const std::string& fault) {
    return std::any_of(told.begin(), told.end(), [&](const std::string& t) { return t.starts_with(fault); });
  });
}

// Faults that hide each other (two of one number, a twin whose other half is spoilt) cannot stand together; the
// rest are all in one policy, and the answer names every one of them.
TEST(PolicyFaults, AreToldAllAtOnce) {
  v1::Policy policy = good_policy();
  std::vector<std::string> expected;
  for (const Fault& fault : kFaults) {
    const bool again = std::find(expected.begin(), expected.end(), fault.told) != expected.end();
    if (again || std::string_view(fault.told).starts_with("language")) continue;
    v1::Policy together = policy;
    fault.spoil(together);
    expected.emplace_back(fault.told);
    if (tells_all(faults_of(build(together)), expected)) {
      policy = together;
    } else {
      expected.pop_back();
    }
  }
  const auto told = faults_of(build(policy));
  EXPECT_GE(expected.size(), 45U) << "some that were told together no longer are";
  EXPECT_EQ(told.size(), expected.size()) << testing::PrintToString(told);
}

TEST(PolicyFaults, AnUnknownLanguageIsToldWithTheUnknownFeaturesAndNothingElse) {
  v1::Policy policy = good_policy();
  policy.set_language(2);
  policy.add_features("names");
  policy.mutable_flows(0)->set_rule(8);
  EXPECT_THAT(faults_of(build(policy)), ElementsAre(StartsWith("language: "), "features[4]: unknown feature 'names'"));
}

TEST(PolicyFaults, SayWhatThisSensorKnows) {
  v1::Policy policy = good_policy();
  policy.add_features("apps");
  const auto built = build(policy);
  ASSERT_THAT(built.error(), SizeIs(1));
  EXPECT_THAT(built.error()[0].hint, HasSubstr("path-then"));
}

TEST(PolicyFaults, OneListIsOneFaultHoweverManyAreWrong) {
  v1::Policy policy = good_policy();
  auto* except = policy.mutable_nevers(0)->mutable_except_flows();
  for (int i = 0; i < 100'000; ++i) except->Add(5);
  const auto built = build(policy);
  ASSERT_THAT(built.error(), SizeIs(1));
  EXPECT_EQ(built.error()[0].where, "nevers[0].except_flows[1]");
  EXPECT_THAT(built.error()[0].hint, HasSubstr("99999 more"));
}

TEST(PolicyFaults, EndAtABoundWhateverThePolicyHolds) {
  for (const int list : {0, 1, 2, 3}) {
    v1::Policy policy = good_policy();
    for (int i = 0; i < 50'000; ++i) {
      if (list == 0) policy.add_flows()->mutable_from()->add_zones(9);
      if (list == 1) policy.add_rules()->set_id(1);
      if (list == 2) policy.add_features("x");
      if (list == 3) policy.mutable_zones(0)->add_prefixes();
    }
    const auto built = build(policy);
    ASSERT_FALSE(built);
    EXPECT_GE(built.error().size(), 1'000U) << list;
    EXPECT_LE(built.error().size(), 1'100U) << list;
  }
}

struct Limit {
  const char* list;
  int most;
  std::function<void(v1::Policy&)> add;
  std::function<int(const v1::Policy&)> size;
};

TEST(PolicyLimits, AreTakenAndOneMoreIsRefusedByName) {
  const Limit limits[] = {
      {"models", 1024, [](P& p) { p.add_models(); }, [](const P& p) { return p.models_size(); }},
      {"zones", 4096, [](P& p) { p.add_zones(); }, [](const P& p) { return p.zones_size(); }},
      {"assets", 200'000, [](P& p) { p.add_assets(); }, [](const P& p) { return p.assets_size(); }},
      {"flows", 100'000, [](P& p) { p.add_flows()->set_rule(1); }, [](const P& p) { return p.flows_size(); }},
      {"nevers", 100'000, [](P& p) { p.add_nevers(); }, [](const P& p) { return p.nevers_size(); }},
      {"boundaries", 100'000, [](P& p) { p.add_boundaries(); }, [](const P& p) { return p.boundaries_size(); }},
      {"data", 64, [](P& p) { p.add_data()->set_rule(6); }, [](const P& p) { return p.data_size(); }},
      {"paths", 10'000, [](P& p) { p.add_paths(); }, [](const P& p) { return p.paths_size(); }},
  };
  for (const Limit& limit : limits) {
    v1::Policy policy = good_policy();
    while (limit.size(policy) < limit.most) limit.add(policy);
    EXPECT_THAT(faults_of(build(policy)), IsEmpty()) << limit.list;
    limit.add(policy);
    EXPECT_THAT(faults_of(build(policy)),
                ElementsAre(StartsWith(std::string(limit.list) + ": more than " + std::to_string(limit.most))))
        << limit.list;
  }
}

TEST(PolicyLimits, TooManyPatternsAreRefusedBeforeTheyAreCompiled) {
  v1::Policy policy = good_policy();
  for (int i = 0; i < 20'000; ++i) policy.add_patterns()->set_expression("(");
  EXPECT_THAT(faults_of(build(policy)), ElementsAre("patterns: more than 20000 patterns"));
}

void add_host(uint32_t n, v1::Asset& asset) {
  asset.set_zone(1);
  v1::Prefix& prefix = *asset.add_prefixes();
  prefix.set_address(std::string{'\x0a', static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)});
  prefix.set_length(32);
}

TEST(PolicyLimits, TablesThatWouldTakeFarMoreThanThePolicysBytesAreRefused) {
  v1::Policy policy = good_policy();
  for (uint32_t n = 0; n < 30'000; ++n) add_host(0x100'000 + n, *policy.add_assets());
  EXPECT_THAT(faults_of(build(policy)), IsEmpty());
  for (int i = 0; i < 60'000; ++i) policy.add_flows()->set_rule(1);
  EXPECT_THAT(faults_of(build(policy)),
              ElementsAre(testing::MatchesRegex("flows: the rules need [0-9]+ MiB of address tables")));
}

TEST(PolicyLimits, MoreThan200000PrefixesAreRefused) {
  v1::Policy policy = good_policy();
  v1::Asset& asset = *policy.add_assets();
  for (uint32_t n = 0; n < 200'000; ++n) add_host(n, asset);
  EXPECT_THAT(faults_of(build(policy)), ElementsAre(StartsWith("zones: more than 200000 prefixes")));
}

TEST(PolicyLimits, ModelsWhosePrefixesAllLieInEachOtherEndTheBuildSoon) {
  v1::Policy policy = good_policy();
  while (policy.models_size() < 1024) policy.add_models();
  for (uint32_t m = 0; m < 1024; ++m) {
    v1::Asset& wide = *policy.add_assets();
    wide.set_model(m);
    wide.set_zone(1);
    wide.add_prefixes()->set_address(std::string(4, '\0'));
  }
  for (uint32_t n = 0; n < 100'000; ++n) add_host(0x100'000 + 2 * n, *policy.add_assets());
  EXPECT_THAT(faults_of(build(policy)),
              ElementsAre(StartsWith("assets: prefixes of too many models lie in each other")));
}

TEST(PolicyBytes, ThatAreNoPolicyAreRefused) {
  EXPECT_THAT(faults_of(build_generation("\xff\xff\xff", GenerationId(1), 1, nullptr)),
              ElementsAre("policy: not a policy"));
  EXPECT_THAT(faults_of(build_generation("", GenerationId(1), 1, nullptr)), ElementsAre(StartsWith("language: ")));
  const std::string large((64U << 20) + 1, '\0');
  EXPECT_THAT(faults_of(build_generation(large, GenerationId(1), 1, nullptr)), ElementsAre("policy: 67108865 bytes"));
}

TEST(PolicyBytes, InvalidUtf8IsNoPolicy) {
  const google::protobuf::LogSilencer silent;
  v1::Policy policy;
  policy.set_language(1);
  std::string bytes = policy.SerializeAsString() + std::string("\x1a\x02\xc3\x28", 4);  // tap
  EXPECT_THAT(faults_of(build_generation(bytes, GenerationId(1), 1, nullptr)), ElementsAre("policy: not a policy"));
}

// A spoilt policy is refused or builds; it never breaks anything (with sanitizers on this says more).
TEST(PolicyBytes, AnyByteMayBeWrong) {
  const google::protobuf::LogSilencer silent;
  const std::string good = good_policy().SerializeAsString();
  std::mt19937 random(1);
  size_t built = 0, refused = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(random());
    if (random() % 4 == 0) bad.resize(at);
    (build_generation(bad, GenerationId(1), 1, nullptr) ? built : refused) += 1;
  }
  EXPECT_GT(built, 0U);
  EXPECT_GT(refused, good.size() / 4);
}

}  // namespace
}  // namespace glacis
