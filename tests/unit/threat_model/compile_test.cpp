#include "control/threat_model/compile.h"

#include <algorithm>

#include "control/threat_model/source_files.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

v1::Policy clinic(const std::string& tap = "") {
  std::vector<Diagnostic> diagnostics;
  ParseResult result = parse_model(load_sources(GLACIS_MODELS "clinic.yaml", diagnostics));
  EXPECT_TRUE(result.model) << told(result.diagnostics);
  return result.model ? policy_of({std::move(*result.model)}, tap) : v1::Policy();
}

int zone(const v1::Policy& policy, const std::string& id) {
  for (int i = 0; i < policy.zones_size(); ++i) {
    if (policy.zones(i).id() == id) return i;
  }
  return -1;
}

TEST(Compile, ZonesAndAssetsKeepWhatTheySay) {
  const v1::Policy policy = clinic();
  const v1::Zone& wards = policy.zones(zone(policy, "wards"));
  EXPECT_EQ(wards.trust(), 45u);
  EXPECT_EQ(wards.env(), "care");
  EXPECT_TRUE(wards.flat());
  EXPECT_FALSE(wards.any());
  ASSERT_EQ(wards.prefixes_size(), 1);
  EXPECT_EQ(wards.prefixes(0).address(), std::string("\xac\x15\0\0", 4));
  EXPECT_EQ(wards.prefixes(0).length(), 16u);
  EXPECT_TRUE(policy.zones(zone(policy, "world")).any());
  const auto pacs = std::find_if(policy.assets().begin(), policy.assets().end(),
                                 [](const v1::Asset& a) { return a.id() == "clinic/pacs"; });
  ASSERT_NE(pacs, policy.assets().end());
  EXPECT_EQ(pacs->kind(), "store");
  EXPECT_EQ(pacs->zone(), static_cast<uint32_t>(zone(policy, "archive")));
  EXPECT_EQ(pacs->sensitivity(), 5u) << "the highest of what it holds";
  EXPECT_EQ(pacs->stack(), v1::STACK_UNSPECIFIED);
  EXPECT_EQ(wards.stack(), v1::STACK_UNSPECIFIED);
  EXPECT_EQ(policy.zones(zone(policy, "lab")).stack(), v1::STACK_WINDOWS);
  EXPECT_EQ(policy.assets(1).stack(), v1::STACK_WINDOWS_XP);
}

TEST(Compile, EachStackHasItsNumber) {
  const std::pair<const char*, v1::Stack> stacks[] = {{"linux", v1::STACK_LINUX},
                                                      {"linux-old", v1::STACK_LINUX_OLD},
                                                      {"windows", v1::STACK_WINDOWS},
                                                      {"windows-xp", v1::STACK_WINDOWS_XP},
                                                      {"bsd", v1::STACK_BSD},
                                                      {"macos", v1::STACK_MACOS},
                                                      {"solaris", v1::STACK_SOLARIS},
                                                      {"hpux", v1::STACK_HPUX},
                                                      {"cisco", v1::STACK_CISCO},
                                                      {"linux-2.2", v1::STACK_LINUX_2_2},
                                                      {"hp-jetdirect", v1::STACK_HP_JETDIRECT}};
  EXPECT_EQ(std::size(stacks) + 1, static_cast<size_t>(v1::Stack_ARRAYSIZE));
  for (const auto& [word, number] : stacks) {
    const std::string stack = std::string("stack: ") + word;
    EXPECT_EQ(policy_of("  more: {trust: 1, addr: 10.7.0.0/16, " + stack + "}\n").zones(3).stack(), number) << word;
    EXPECT_EQ(policy_of("assets: {a: {zone: data, " + stack + "}}\n").assets(0).stack(), number) << word;
  }
}

TEST(Compile, FlowLinesKeepWhatTheySay) {
  const v1::Policy policy = clinic();
  const v1::FlowLine& store = policy.flows(1);
  EXPECT_EQ(store.from().assets_size(), 2);
  EXPECT_EQ(store.to().assets_size(), 1);
  ASSERT_EQ(store.ports_size(), 1);
  EXPECT_EQ(store.ports(0).first(), 104u) << "the named group";
  EXPECT_EQ(policy.identities(static_cast<int>(store.as_identity_plus1()) - 1).id(), "clinic/svc-pacs");
  ASSERT_EQ(store.carries_size(), 1);
  EXPECT_EQ(policy.data(static_cast<int>(store.carries(0))).id(), "clinic/scans");
  EXPECT_EQ(store.limit(), "bytes: 20GB/h, flows: 500/h, requests: 50/s, packets: 1000/m");
  const v1::FlowLine& night = policy.flows(2);
  EXPECT_EQ(night.class_(), "backup");
  EXPECT_EQ(night.hours().tz(), "Europe/Vienna");
  EXPECT_EQ(night.hours().start_minute(), 23u * 60);
  EXPECT_EQ(night.hours().end_minute(), 4u * 60);
  EXPECT_EQ(night.until_s(), 1'956'527'999);
  EXPECT_EQ(rule_of(policy, "flows/f-view").sentence(), "Wards read studies through the portal");
  EXPECT_EQ(rule_of(policy, "flows/f-store").sentence(), "scanner, portal may reach pacs on port 104");
}

TEST(Compile, FlowToWhatIsKnownByNameAloneAllowsItsZone) {
  const v1::Policy policy = clinic();
  const v1::FlowLine& support = policy.flows(3);
  EXPECT_EQ(support.to().assets_size(), 0);
  ASSERT_EQ(support.to().zones_size(), 1);
  EXPECT_EQ(policy.zones(static_cast<int>(support.to().zones(0))).id(), "world");
}

TEST(Compile, RulesSayWhoWhatWhereAndWhy) {
  const v1::Policy policy = clinic();
  const v1::Rule guests = rule_of(policy, "never/n-guests");
  EXPECT_EQ(guests.model(), "clinic");
  EXPECT_EQ(guests.kind(), v1::RULE_KIND_NEVER);
  EXPECT_EQ(guests.sentence(), "guests must never reach archive, lab, except f-copy: guests are guests");
  EXPECT_EQ(guests.why(), "guests are guests");
  EXPECT_EQ(guests.severity(), v1::SEVERITY_CRITICAL);
  EXPECT_EQ(guests.stride(0), "elevation");
  EXPECT_EQ(guests.attack(0), "T1021");
  EXPECT_EQ(guests.owner(), "lena") << "of the finding that is about it";
  EXPECT_EQ(guests.findings(0), "F-guests");
  EXPECT_EQ(guests.line().file(), "clinic.yaml");
  EXPECT_GT(guests.line().line(), 1u);
  EXPECT_EQ(guests.line().column(), 3u);
  const v1::Rule theft = rule_of(policy, "abuse/theft");
  EXPECT_EQ(theft.owner(), "noor") << "its own";
  EXPECT_EQ(theft.findings(0), "F-guests") << "the finding names the case, but is about something else";
  EXPECT_EQ(theft.severity(), v1::SEVERITY_HIGH) << "3 x 5";
  EXPECT_EQ(theft.respond(0), "take $guest off the network");
  EXPECT_EQ(theft.attack_size(), 2);
  EXPECT_EQ(rule_of(policy, "abuse/spread").owner(), "mira");
  EXPECT_EQ(rule_of(policy, "never/n-remote").sentence(), "Nobody outside opens a remote desktop");
  EXPECT_EQ(rule_of(policy, "flows/f-copy").findings(0), "F-guests") << "a finding may be about several";
}

TEST(Compile, NeverLinesKeepTheirExceptionsAndSayWhetherTheyHold) {
  const v1::Policy policy = clinic();
  ASSERT_EQ(policy.nevers_size(), 6);
  EXPECT_TRUE(policy.nevers(0).enforced());
  ASSERT_EQ(policy.nevers(0).except_flows_size(), 1);
  EXPECT_EQ(policy.nevers(0).except_flows(0), 5u);
  EXPECT_TRUE(policy.nevers(1).enforced());
  EXPECT_TRUE(policy.nevers(1).to().all());
  for (int i = 2; i < 6; ++i) EXPECT_FALSE(policy.nevers(i).enforced()) << i;
}

TEST(Compile, DataKeepsItsCheckAndHowMuchMayLeaveTheSensor) {
  const v1::Policy policy = clinic();
  ASSERT_EQ(policy.data_size(), 3);
  const auto pattern = [&](int d) { return policy.patterns(static_cast<int>(policy.data(d).patterns(0))); };
  EXPECT_EQ(pattern(0).evidence(), v1::EVIDENCE_POLICY_NONE);
  EXPECT_EQ(pattern(0).check(), v1::CHECK_UNSPECIFIED);
  EXPECT_EQ(pattern(1).evidence(), v1::EVIDENCE_POLICY_MASKED) << "what is not said is masked";
  EXPECT_EQ(pattern(1).check(), v1::CHECK_LUHN);
  EXPECT_EQ(policy.data(2).patterns_size(), 0);
  EXPECT_EQ(rule_of(policy, "data/scans").severity(), v1::SEVERITY_CRITICAL);
  EXPECT_EQ(rule_of(policy, "data/bills").severity(), v1::SEVERITY_HIGH);
  EXPECT_EQ(rule_of(policy, "data/rosters").severity(), v1::SEVERITY_MEDIUM);
}

TEST(Compile, IdentitiesAreDeclaredWithHowTheyAreSeen) {
  const v1::Policy policy = clinic();
  ASSERT_EQ(policy.identities_size(), 2);
  EXPECT_EQ(policy.identities(0).kind(), "user-role");
  ASSERT_EQ(policy.identities(0).seen_as_size(), 3);
  EXPECT_EQ(policy.identities(0).seen_as(0), "kerberos: rad-*");
  EXPECT_EQ(policy.identities(0).seen_as(2), "ldap: radiology");
}

TEST(Compile, BoundaryWithoutSeverityIsHighWhereTrustRisesSteeply) {
  const auto severity = [](const std::string& keys) {
    return rule_of(policy_of("boundaries: {b: {" + keys + "}}\n"), "boundaries/b").severity();
  };
  EXPECT_EQ(severity("from: users, to: data"), v1::SEVERITY_HIGH) << "40 -> 90";
  EXPECT_EQ(severity("from: internet, to: users"), v1::SEVERITY_HIGH) << "0 -> 40";
  EXPECT_EQ(severity("from: data, to: users"), v1::SEVERITY_MEDIUM);
  EXPECT_EQ(severity("from: users, to: data, severity: low"), v1::SEVERITY_LOW);
}

TEST(Compile, FeaturesAreWhatEnforcedRulesNeedSorted) {
  const auto features = [](const v1::Policy& policy) {
    std::string out;
    for (const std::string& f : policy.features()) out += f + " ";
    return out;
  };
  EXPECT_EQ(features(clinic()),
            "boundary content-payload data-payload drift flows never path-any path-then schedule stack ");
  EXPECT_EQ(features(policy_of("")), "");
  // A word in a step's text is not a feature.
  EXPECT_EQ(features(policy_of("abuse: {c: {says: x, path: {then: [{id: a, flow: users, from: data}, {id: b, sql: "
                               "users, says: 'verb: \"content\" GROUP_KIND_ANY', optional: true}]}}}\n")),
            "path-then ");
  EXPECT_EQ(features(policy_of("never: {n: {from: users, app: ssh}}\n")), "");
  EXPECT_EQ(features(policy_of("  more: {trust: 1, addr: 10.7.0.0/16, stack: linux}\n")), "stack ");
  EXPECT_EQ(features(policy_of("assets: {a: {zone: data, stack: bsd}}\n")), "stack ");
}

TEST(Compile, OrderOfTheModelsDoesNotMatter) {
  const Model a = good(small_model("never: {n: {from: users, to: data}}\n", "a")),
              b = good(small_model("flows: {f: {from: users, to: data}}\n", "b")),
              c = good(small_model("abuse: {x: {says: y}}\n", "c"));
  std::vector<Model> models = {a, b, c};
  const std::string first = serialise(policy_of(models));
  do {
    EXPECT_EQ(serialise(policy_of(models)), first);
  } while (
      std::next_permutation(models.begin(), models.end(), [](const Model& x, const Model& y) { return x.id < y.id; }));
  EXPECT_EQ(digest_of(first).size(), 32u);
}

TEST(Compile, RuleIdsComeFromModelAndElementAndAreSorted) {
  RuleIds ids;
  const uint32_t id = ids.id_for("shop", "never/n");
  EXPECT_EQ(ids.id_for("shop", "never/n"), id);
  EXPECT_NE(ids.id_for("shop", "never/m"), id);
  EXPECT_NE(ids.id_for("other", "never/n"), id);
  EXPECT_LE(id, 0x7fffffffu);
  EXPECT_GE(id, 1u);
  RuleIds again;
  (void)again.id_for("x", "y");
  EXPECT_EQ(again.id_for("shop", "never/n"), id) << "whatever was asked before";
  const v1::Policy policy = clinic();
  EXPECT_TRUE(std::is_sorted(policy.rules().begin(), policy.rules().end(),
                             [](const v1::Rule& a, const v1::Rule& b) { return a.id() < b.id(); }));
}

TEST(Compile, ModelsThatDisagreeAreBothNamed) {
  const Model shop = good(small_model(""));
  const auto other = [](const std::string& from, const std::string& to) {
    std::string text = small_model("", "till");
    text.replace(text.find(from), from.size(), to);
    return good(text);
  };
  const std::string share = " / share it in an included file\n";
  EXPECT_EQ(conflicts_of({shop, other("  users:", "  staff:")}),
            "composition@5:3 10.1.0.0/16 is zone 'staff' here and zone 'users' in model 'shop' (m.yaml:5)" + share);
  const std::string otherwise = "zone 'users' is declared otherwise in model 'shop' (m.yaml:5)" + share;
  EXPECT_EQ(conflicts_of({shop, other("10.1.0.0/16", "10.7.0.0/16")}), "composition@5:3 " + otherwise)
      << "as many prefixes, but others";
  EXPECT_EQ(conflicts_of({shop, other("10.1.0.0/16", "10.1.0.0/16, flat: true")}), "composition@5:3 " + otherwise);
  EXPECT_EQ(conflicts_of({shop, other("10.1.0.0/16", "10.1.0.0/16, env: x")}), "composition@5:3 " + otherwise);
  EXPECT_EQ(conflicts_of({shop, other("10.1.0.0/16", "10.1.0.0/16, stack: bsd")}), "composition@5:3 " + otherwise);
  EXPECT_EQ(conflicts_of({shop, other("  internet:", "  abroad:")}),
            "composition@4:3 zone 'abroad' has any, and zone 'internet' in model 'shop' (m.yaml:4)" + share);
  EXPECT_EQ(conflicts_of({shop, other("t-core: {}", "t-core: {inside: [users]}")}),
            "composition@2:8 tap 't-core' is declared otherwise in model 'shop' (m.yaml:2)" + share);
  EXPECT_EQ(conflicts_of({shop, good(small_model(""))}),
            "two-models@1:1 two models are called 'shop': m.yaml and m.yaml / one of them needs another id\n");
}

TEST(Compile, ModelsThatAgreeShareTheirZones) {
  const v1::Policy policy =
      policy_of({good(small_model("boundaries: {b: {from: users, to: data, default: alert}}\n", "a")),
                 good(small_model("boundaries: {b: {from: users, to: data, default: alert}}\n", "b"))});
  EXPECT_EQ(policy.zones_size(), 3);
  EXPECT_EQ(policy.zones(0).models_size(), 2);
  EXPECT_EQ(policy.boundaries_size(), 2);
  EXPECT_NE(conflicts_of({good(small_model("boundaries: {b: {from: users, to: data, default: alert}}\n", "a")),
                          good(small_model("boundaries: {c: {from: users, to: data, default: report}}\n", "b"))}),
            "");
}

// Two models over one landscape, the second with a zone of its own.
v1::Policy shared_landscape() {
  const SourceFile land{"land.yaml",
                        "zones: {a: {trust: 1, addr: 10.1.0.0/16}, b: {trust: 2, addr: 10.2.0.0/16}}\n"
                        "boundaries: {up: {from: a, to: b, default: alert}}\nsources: {siem: {owner: o}}\n"};
  std::vector<Model> models;
  for (const char* text : {"include: land.yaml\nmodel: {id: y, owner: o}\nzones: {c: {trust: 3, addr: 10.3.0.0/16}}\n",
                           "include: land.yaml\nmodel: {id: x, owner: o}\n"}) {
    ParseResult result = parse_model({{"m" + std::to_string(models.size()) + ".yaml", text}, land});
    EXPECT_TRUE(result.model) << told(result.diagnostics);
    models.push_back(std::move(*result.model));
  }
  return policy_of(models);
}

TEST(Compile, ZoneOfAnIncludedFileIsDeclaredByNoModelItself) {
  const v1::Policy policy = shared_landscape();
  ASSERT_EQ(policy.zones_size(), 3);
  for (const v1::Zone& zone : policy.zones()) EXPECT_EQ(zone.models_size(), zone.id() == "c" ? 1 : 0) << zone.id();
  EXPECT_EQ(policy.models(static_cast<int>(policy.zones(2).models(0))).id(), "y");
}

TEST(Compile, BoundaryOfAnIncludedFileIsOneRuleAndWhatItCarriesStandsOnce) {
  const v1::Policy policy = shared_landscape();
  ASSERT_EQ(policy.boundaries_size(), 1);
  EXPECT_EQ(rule_of(policy, "boundaries/up").model(), "x") << "the first by id";
  EXPECT_EQ(not_enforced_of(policy), "sources/siem needs sources\n");
}

std::string elsewhere(const v1::Policy& policy) {
  std::string out;
  for (const v1::ZonePair& p : policy.judged_elsewhere()) {
    out += policy.zones(static_cast<int>(p.from())).id() + ">" + policy.zones(static_cast<int>(p.to())).id() + " ";
  }
  return out;
}

TEST(Compile, EachZonePairHasOneJudgingTap) {
  const std::string model =
      "model: {id: m, owner: ada}\n"
      "taps: {t-a: {inside: [x]}, t-b: {}, t-c: {not: [[y, z]]}}\n"
      "zones:\n"
      "  x: {trust: 1, addr: 10.1.0.0/16, taps: [t-a]}\n"
      "  y: {trust: 1, addr: 10.2.0.0/16, taps: [t-c, t-b]}\n"
      "  z: {trust: 1, addr: 10.3.0.0/16, taps: [t-c]}\n"
      "  w: {trust: 1, addr: 10.4.0.0/16, taps: []}\n";
  const std::vector<Model> models = {good(model)};
  // x-y: the initiator's first; y-z: t-c does not see it, so t-b; w-w, y-y, z-z: nobody is said to, so whoever does.
  EXPECT_EQ(elsewhere(policy_of(models, "t-a")), "y>x y>z y>w z>x z>y z>w w>y w>z ");
  EXPECT_EQ(elsewhere(policy_of(models, "t-b")), "x>x x>y x>z x>w y>x y>w z>x z>w w>x w>y w>z ");
  EXPECT_EQ(elsewhere(policy_of(models, "t-c")), "x>x x>y x>z x>w y>z z>y w>x ");
  EXPECT_EQ(elsewhere(policy_of(models)), "");
  EXPECT_EQ(conflicts_of(models, "t-d"), "unknown-tap@0:0 no active model has a tap 't-d' / did you mean 't-a'?\n");
}

TEST(Compile, MoreThanASensorTakesIsAFaultAtItsLine) {
  std::string zones, data;
  for (int i = 0; i < 4094; ++i)
    zones += "  z" + std::to_string(i) + ": {trust: 1, addr: 11." + std::to_string(i / 256) + "." +
             std::to_string(i % 256) + ".0/24}\n";
  EXPECT_EQ(conflicts_of({good(small_model(zones))}),
            "too-many@4100:3 more than 4096 zones in all active models / a sensor takes no more\n");
  for (int i = 0; i < 64; ++i) data += "  d" + std::to_string(i) + ": {}\n";
  EXPECT_EQ(conflicts_of({good(small_model("data:\n" + data))}), "");
  EXPECT_EQ(conflicts_of({good(small_model("data:\n" + data + "  d64: {}\n"))}),
            "too-many@72:3 more than 64 data classes in all active models / a sensor takes no more\n");
}

}  // namespace
}  // namespace glacis::control
