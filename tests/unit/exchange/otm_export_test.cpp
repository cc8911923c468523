#include <nlohmann/json.hpp>

#include "tests/unit/exchange/export_fixture.h"

namespace glacis::control {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

const std::string kMore =
    "data: {cards: {sensitivity: 4, seen_as: {pattern: 'x{9}'}}}\n"
    "assets: {db: {kind: store, zone: data, addr: 10.4.0.5, holds: [cards]}}\n"
    "flows: {f: {from: [users, internet], to: db, port: 22, app: ssh, carries: [cards]}, "
    "g: {from: db, to: users, hours: '08:00-09:00'}}\n"
    "abuse: {c: {says: Somebody, risk: {likelihood: 2, impact: 5}, stride: [tampering], attack: [T1021], "
    "path: {any: [{id: a, flow: db, from: internet, is: [unmodelled]}]}}}\n"
    "controls: {w: {status: planned, strength: 3, covers: [c]}}\n";

TEST(OtmExport, FlowsEndAtComponents) {
  const Json project = Json::parse(exported(kMore, "otm").text());
  EXPECT_EQ(project["dataflows"].size(), 3u);
  EXPECT_EQ(project["dataflows"][0]["id"], "f:zone:users:db");
  EXPECT_EQ(project["dataflows"][0]["source"], "zone:users");
  EXPECT_EQ(project["dataflows"][2]["id"], "g");
  EXPECT_EQ(project["components"].size(), 3u) << "db, and the zones that are ends";
}

TEST(OtmExport, ThreatsStandWhereTheirStepsEnd) {
  const Json project = Json::parse(exported(kMore, "otm").text());
  const Json threat = project["components"][0]["threats"][0];
  EXPECT_EQ(threat["threat"], "c");
  EXPECT_EQ(threat["state"], "exposed") << "its control is planned";
  EXPECT_EQ(threat["mitigations"][0]["state"], "recommended");
  EXPECT_EQ(project["threats"][0]["risk"]["likelihood"], 40);
  EXPECT_EQ(project["threats"][0]["risk"]["impact"], 100);
  EXPECT_EQ(project["mitigations"][0]["riskReduction"], 60);
  EXPECT_EQ(project["assets"][0]["risk"]["confidentiality"], 80);
}

TEST(OtmExport, WhatItHasNoWordsForIsSaid) {
  const std::string losses = exported(kMore + "never: {n: {from: users, to: data}}\n", "otm").losses();
  EXPECT_THAT(losses, HasSubstr("never/n: OTM has no such element\n"));
  EXPECT_THAT(losses, HasSubstr("taps/t-core: OTM has no such element\n"));
  EXPECT_THAT(losses, HasSubstr("flows/g: its hours\n"));
  EXPECT_THAT(losses, HasSubstr("abuse/c: its path: what would be seen, in which order and time\n"));
}

}  // namespace
}  // namespace glacis::control
