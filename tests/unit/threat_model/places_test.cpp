#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

std::string faults_of_model(const std::string& text) { return told(parse_text(text).diagnostics); }

TEST(Places, LongestPrefixDecidesWhichZoneAnAssetIsIn) {
  const std::string inner = "  vault: {trust: 95, addr: 10.1.9.0/24}\n";
  EXPECT_EQ(faults_of(inner + "assets: {a: {zone: users, addr: 10.1.9.5}}\n"),
            "outside-zone@2:10 10.1.9.5 is not in zone 'users' / it is in zone 'vault'\n");
  EXPECT_EQ(faults_of(inner + "assets: {a: {zone: users, addr: 10.1.8.0/23}}\n"),
            "outside-zone@2:10 10.1.8.0/23 covers 10.1.9.0/24 of zone 'vault' / narrower addresses\n");
  EXPECT_EQ(faults_of(inner + "assets: {a: {zone: vault, addr: 10.1.9.5}, b: {zone: users, addr: 10.1.8.0/24}}\n"), "");
}

TEST(Places, AssetInTheZoneOfEverythingElseIsGlobal) {
  EXPECT_EQ(faults_of("assets: {a: {zone: internet, addr: 198.51.100.7}}\n"), "");
  EXPECT_EQ(faults_of("assets: {a: {zone: internet, addr: 192.168.1.1}}\n"),
            "outside-zone@1:10 192.168.1.1 is not in zone 'internet' / any is global unicast only\n");
  EXPECT_EQ(faults_of("assets: {a: {zone: internet, addr: 10.1.0.1}}\n"),
            "outside-zone@1:10 10.1.0.1 is not in zone 'internet' / it is in zone 'users'\n");
}

TEST(Places, OnePrefixInTwoPlacesIsAFaultUnlessTheyAreToldApart) {
  EXPECT_EQ(faults_of("  more: {trust: 1, addr: '::ffff:10.1.0.0/112'}\n"),
            "same-prefix@1:3 ::ffff:10.1.0.0/112 is zone 'users' too / tell the zones apart by tap, vlan or vni\n");
  EXPECT_EQ(faults_of("assets: {a: {zone: data, addr: 10.4.0.5}, b: {zone: data, addr: 10.4.0.5}}\n"),
            "same-prefix@1:43 10.4.0.5 is asset 'a' too / tell the zones apart by tap, vlan or vni\n");
  const v1::Policy policy = policy_of(
      "  b-1: {trust: 1, addr: [192.168.5.0/24, 192.168.6.0/24], vlan: 5}\n  b-2: {trust: 1, addr: 192.168.5.0/24, "
      "vlan: 6}\n");
  ASSERT_EQ(policy.zones_size(), 5);
  EXPECT_EQ(policy.zones(3).prefixes_size(), 1) << "no sensor tells vlans apart yet, so what both have is neither's";
  EXPECT_EQ(policy.zones(4).prefixes_size(), 0);
  EXPECT_EQ(not_enforced_of(policy), "zones/b-1.vlan needs zones told apart\nzones/b-2.vlan needs zones told apart\n");
}

TEST(Places, OnlyOneZoneIsEverythingElse) {
  EXPECT_EQ(faults_of("  abroad: {trust: 1, addr: any}\n"),
            "same-prefix@1:3 zone 'internet' has any too / one zone is everything that no other zone is\n");
}

TEST(Places, AddressesAreNeededFromStageBuildOn) {
  const auto model = [](const std::string& stage) {
    return "model: {id: m, owner: ada, stage: " + stage + "}\nzones: {a: {trust: 1}}\n";
  };
  EXPECT_EQ(faults_of_model(model("planning")), "");
  EXPECT_EQ(faults_of_model(model("design")), "");
  const std::string fault = "no-address@2:9 zone 'a' has no address / addr: 10.1.0.0/16; needed from stage build on\n";
  EXPECT_EQ(faults_of_model(model("build")), fault);
  EXPECT_EQ(faults_of_model(model("live")), fault);
}

TEST(Places, DesignWithoutAddressesIsCheckedButNotMadeForASensor) {
  const std::vector<Model> models = {good("model: {id: m, owner: ada}\nzones: {a: {trust: 1}}\n")};
  RuleIds ids;
  EXPECT_TRUE(compile(models, "", ids, CompileFor::kCheck));
  EXPECT_EQ(conflicts_of(models),
            "no-address@2:9 zone 'a' has no address / a sensor needs addr: 10.1.0.0/16; check alone does not\n");
}

TEST(Places, AStackIsOneOfTheListAndItsFaultSaysWhichWasMeant) {
  EXPECT_EQ(faults_of("  more: {trust: 1, addr: 10.7.0.0/16, stack: windoes}\n"),
            "bad-value@1:46 'windoes' is not known for 'stack' / did you mean 'windows'?\n");
  EXPECT_EQ(faults_of("assets: {a: {zone: data, stack: [linux, bsd]}}\n"),
            "bad-value@1:33 'stack' must be one value\n");
  EXPECT_EQ(faults_of("assets: {a: {zone: data, stack: amiga}}\n"),
            "bad-value@1:33 'amiga' is not known for 'stack' / one of: linux, linux-old, windows, windows-xp, bsd, "
            "macos, solaris, hpux, cisco, linux-2.2, hp-jetdirect\n");
}

TEST(Places, BoundaryOfOneOrderedPairStandsOnce) {
  EXPECT_EQ(faults_of("boundaries: {a: {from: users, to: data}, b: {from: data, to: users}}\n"), "");
  EXPECT_EQ(faults_of("boundaries: {a: {from: users, to: data}, b: {from: users, to: data}}\n"),
            "two-boundaries@1:42 'a' already covers users to data / one boundary for each direction\n");
}

TEST(Places, OneNamespaceForAllIds) {
  EXPECT_EQ(faults_of("assets: {users: {zone: data}}\n"),
            "duplicate-id@1:10 'users' is declared twice / it is a zone at line 5\n");
  EXPECT_EQ(faults_of("assets: {any: {zone: data}, all: {zone: data}, unknown: {zone: data}}\n"),
            "reserved-id@1:10 'any' is a reserved word / choose another name\n"
            "reserved-id@1:29 'all' is a reserved word / choose another name\n"
            "reserved-id@1:48 'unknown' is a reserved word / choose another name\n");
}

}  // namespace
}  // namespace glacis::control
