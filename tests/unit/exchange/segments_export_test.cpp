#include "tests/unit/exchange/export_fixture.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kLines =
    "assets: {db: {zone: data, addr: 10.4.0.5}, far: {zone: internet, name: far.example}}\n"
    "flows: {f: {from: users, to: db, port: [5432, 6000-6001], app: postgresql}, g: {from: users, to: far, port: 443}, "
    "d: {from: data, to: users, app: dns, port: 53}}\n"
    "never: {n: {from: users, to: data, except: [f]}, m: {from: data, to: internet}}\n"
    "boundaries: {b: {from: data, to: users, default: allow}}\n"
    "drift: {unmodelled: {crossing: allow}, ignore: [icmp]}\n";

TEST(NftablesExport, NeverComesFirstAndReturnsForWhatIsMeant) {
  const std::string text = exported(kLines, "nftables").text();
  EXPECT_THAT(text, HasSubstr("  chain never/n/shop {\n"
                              "    ip saddr @zone/users/4 ip daddr @asset/shop/db/4 meta l4proto { tcp } th dport "
                              "{ 5432, 6000-6001 } return comment \"flows/f\"\n"
                              "    counter drop comment \"shop/never/n m.yaml:9\"\n  }\n"));
  const size_t never = text.find("jump never/n/shop"), flow = text.find(" accept comment \"shop/flows/f");
  EXPECT_LT(never, flow);
  EXPECT_NE(flow, std::string::npos);
  EXPECT_THAT(text, HasSubstr("policy drop;"));
}

TEST(NftablesExport, WhatIsKnownByNameAloneIsNotOpened) {
  const auto out = exported(kLines, "nftables");
  EXPECT_THAT(out.text(), Not(HasSubstr("flows/g")));
  EXPECT_THAT(out.losses(), HasSubstr("flows/g: no address is known of far\n"));
  EXPECT_THAT(out.losses(), HasSubstr("drift: crossings that no line models are denied all the same\n"));
}

TEST(NftablesExport, ZonesOfSeveralModelsAreOneSet) {
  const std::string a = small_model("flows: {f: {from: users, to: data, port: 1}}\n", "a");
  const std::string b = small_model("flows: {f: {from: users, to: data, port: 2}}\n", "b");
  const std::string text = ExportedModels({b, a}, "nftables").text();
  EXPECT_EQ(text, ExportedModels({a, b}, "nftables").text());
  EXPECT_EQ(text.find("  set zone/users/4 {"), text.rfind("  set zone/users/4 {"));
  EXPECT_THAT(text, HasSubstr("comment \"a/flows/f m.yaml:7\""));
  EXPECT_THAT(text, HasSubstr("comment \"b/flows/f m.yaml:7\""));
}

TEST(NftablesExport, NobodyForwardsFromTheInternetToTheInternet) {
  EXPECT_THAT(exported(kLines, "nftables").text(), Not(HasSubstr("saddr @zone/internet/4 ip daddr @zone/internet/4")));
}

TEST(SegmentsCsv, RowsAreInTheOrderOfJudgement) {
  const std::string text = exported(kLines, "segments-csv").text();
  const std::string never = "users,data,any,any,deny,m.yaml:9,shop/never/n,f,10.1.0.0/16,10.4.0.0/24,";
  const std::string flow = "users,db,tcp,5432 6000-6001,allow,m.yaml:8,shop/flows/f,,10.1.0.0/16,10.4.0.5,";
  EXPECT_THAT(text, HasSubstr(never));
  EXPECT_THAT(text, HasSubstr(flow));
  EXPECT_LT(text.find(never), text.find(flow));
  EXPECT_THAT(text, HasSubstr("\ndata,users,tcp udp,53,allow,"));
  EXPECT_THAT(text, HasSubstr("\ndata,users,any,any,allow,m.yaml:10,shop/boundaries/b,"));
  EXPECT_TRUE(text.ends_with("\nany,any,any,any,deny,,,,any,any,no line says it\n"));
}

TEST(SegmentsCsv, NoCellIsAFormula) {
  const std::string text =
      exported("flows: {f: {from: users, to: data, port: 1, says: '=1+\"2\"'}}\n", "segments-csv").text();
  EXPECT_THAT(text, HasSubstr(",\"'=1+\"\"2\"\"\"\n"));
}

}  // namespace
}  // namespace glacis::control
