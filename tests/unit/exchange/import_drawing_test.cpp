#include "tests/unit/exchange/import_text.h"

namespace glacis::control {
namespace {

// A cell of Threat Dragon: a rectangle.
std::string cell(const std::string& shape, const std::string& id, int x, int y, int width, int height,
                 const std::string& data) {
  return R"({"shape": ")" + shape + R"(", "id": ")" + id + R"(", "position": {"x": )" + std::to_string(x) +
         R"(, "y": )" + std::to_string(y) + R"(}, "size": {"width": )" + std::to_string(width) + R"(, "height": )" +
         std::to_string(height) + R"(}, "data": {)" + data + "}}";
}
std::string arrow(const std::string& source, const std::string& target, const std::string& data) {
  return R"({"shape": "flow", "source": )" + source + R"(, "target": )" + target + R"(, "data": {)" + data + "}}";
}
std::string dragon(const std::string& cells) {
  return R"({"version": "2.3.0", "summary": {"title": "Mill", "owner": "Ada"}, "detail": {"diagrams": [{"cells": [)" +
         cells + "]}]}}";
}

TEST(ImportThreatDragon, ZoneIsTheBoxAroundACentre) {
  const Imported in = imported(dragon(cell("trust-boundary-box", "b", 0, 0, 100, 100, R"("name": "Mill /\nhouse")") +
                                      "," + cell("process", "p", 60, 60, 60, 60, R"("name": "Wheel\napp")") + "," +
                                      cell("store", "s", 110, 0, 20, 20, R"("name": "Web sacks")") + "," +
                                      cell("actor", "a", 0, 0, 10, 10, R"("name": "Eli", "outOfScope": true)")));
  EXPECT_EQ(in.model.format, ForeignFormat::kThreatDragon);
  EXPECT_EQ(asset_of(in, "wheel-app").zone, "mill-house") << "its edge is outside, its centre is not";
  EXPECT_EQ(asset_of(in, "web-sacks").zone, "unplaced");
  EXPECT_EQ(asset_of(in, "web-sacks").kind, "store");
  EXPECT_EQ(asset_of(in, "eli").kind, "users");
  EXPECT_EQ(in.parsed.zones.at(0).says, "Mill / house");
  told(in, "  assets/web-sacks: it is in no zone");
  told(in, "  assets/eli: out of scope there:");
}

TEST(ImportThreatDragon, FreeEndsAreNoFlowsAndCurvesNoZones) {
  const Imported in = imported(dragon(
      cell("process", "p", 0, 0, 10, 10, R"("name": "P")") + "," + cell("store", "s", 0, 0, 10, 10, R"("name": "S")") +
      R"(,{"shape": "trust-boundary-curve", "data": {"name": "edge"}},)" +
      arrow(R"({"x": 5, "y": 7})", R"({"cell": "p"})", R"("name": "free")") + "," +
      arrow(R"({"cell": "p"})", R"({"cell": "gone"})", R"("name": "lost")") + "," +
      arrow(R"({"cell": "p"})", R"({"cell": "s"})",
            R"("name": "ok\ngo", "protocol": "HTTPS", "isBidirectional": true, "isEncrypted": true)")));
  ASSERT_EQ(in.parsed.flows.size(), 1u);
  EXPECT_EQ(flow_of(in, "f-ok-go").apps, std::vector<std::string>{"https"});
  EXPECT_EQ(flow_of(in, "f-ok-go").clear, false);
  told(in, "1 process, 1 store, 3 flow, 0 trust-boundary-box, 1 trust-boundary-curve");
  told(in, "  flow/free: its source is a free point at 5,7: no flow");
  told(in, "  flow/lost: its target is nothing that a flow can begin or end at: no flow");
  told(in, "  trust-boundary-curve/edge: a curve has no inside: it is no zone");
  told(in, "  flows/f-ok-go: drawn both ways");
}

TEST(ImportThreatDragon, ThreatsAreCasesAndMitigationsControls) {
  const Imported in = imported(dragon(cell(
      "process", "p", 0, 0, 10, 10,
      R"("name": "P", "threats": [{"title": "T", "type": "Spoofing", "status": "Mitigated", "severity": "High", "mitigation": "M"},
         {"title": "T", "type": "Linkability", "status": "Open", "severity": "TBD", "mitigation": ""},
         {"title": "U", "status": "NA", "mitigation": "never"}])")));
  ASSERT_EQ(in.parsed.abuse.size(), 2u);
  EXPECT_EQ(in.parsed.abuse[0].stride, std::vector<std::string>{"spoofing"});
  EXPECT_EQ(in.parsed.abuse[1].id, "ac-t-2");
  ASSERT_EQ(in.parsed.controls.size(), 1u);
  EXPECT_TRUE(in.parsed.controls[0].active);
  told(in, "3 threats, 1 threats Mitigated, 1 threats Open, 1 threats NA");
  told(in, "  threats/U: does not apply there: never");
  told(in, "  abuse/ac-t-2: category 'Linkability' is none of STRIDE");
}

std::string property(const std::string& name, const std::string& value) {
  return "<a:anyType><b:DisplayName>" + name + "</b:DisplayName><b:Value>" + value + "</b:Value></a:anyType>";
}
std::string drawn(const std::string& type, const std::string& guid, const std::string& name, int left, int top,
                  int size) {
  const std::string at = std::to_string(left), down = std::to_string(top), wide = std::to_string(size);
  return "<a:KeyValueOfguidanyType><a:Key>" + guid + "</a:Key><a:Value><GenericTypeId>" + type +
         "</GenericTypeId><Guid>" + guid + "</Guid><Properties>" + property("Kind", "") + property("Name", name) +
         "</Properties><TypeId>SE.P.TMCore.WebAPI</TypeId><Height>" + wide + "</Height><Left>" + at + "</Left><Top>" +
         down + "</Top><Width>" + wide + "</Width></a:Value></a:KeyValueOfguidanyType>";
}
std::string connector(const std::string& name, const std::string& from, const std::string& to) {
  return "<a:KeyValueOfguidanyType><a:Value><GenericTypeId>GE.DF</GenericTypeId><Guid>" + name + "</Guid><Properties>" +
         property("Name", name) + "</Properties><SourceGuid>" + from + "</SourceGuid><TargetGuid>" + to +
         "</TargetGuid></a:Value></a:KeyValueOfguidanyType>";
}

TEST(ImportTmt, ZoneIsTheBoxAroundACentreAndThreatsAreCases) {
  const std::string told_of =
      "<b:Properties><a:KeyValueOfstringstring><a:Key>Title</a:Key><a:Value>Theft</a:Value></a:KeyValueOfstringstring>"
      "<a:KeyValueOfstringstring><a:Key>UserThreatCategory</a:Key><a:Value>Elevation of "
      "Privileges</a:Value></a:KeyValueOfstringstring></b:Properties>";
  const auto threat = [&](const std::string& state) {
    return "<a:KeyValueOfstringThreatpc_P0_PhOB><a:Value><b:FlowGuid>ask</b:FlowGuid><b:Priority>High</b:Priority>" +
           told_of + "<b:State>" + state + "</b:State></a:Value></a:KeyValueOfstringThreatpc_P0_PhOB>";
  };
  const Imported in = imported(
      "<ThreatModel xmlns='m' xmlns:a='x' xmlns:b='y'><DrawingSurfaceList><DrawingSurfaceModel><Borders>" +
      drawn("GE.TB.B", "g1", "Inner", 0, 0, 100) + drawn("GE.P", "g2", "Door", 80, 80, 30) +
      drawn("GE.EI", "g3", "Guest", 200, 0, 10) + drawn("GE.DS", "g4", "Safe", 10, 10, 10) + "</Borders><Lines>" +
      connector("ask", "g3", "g2") + connector("loose", "g2", "00000000-0000-0000-0000-000000000000") +
      "</Lines></DrawingSurfaceModel></DrawingSurfaceList><ThreatInstances>" + threat("AutoGenerated") +
      threat("NotApplicable") + "</ThreatInstances></ThreatModel>");
  EXPECT_EQ(in.model.format, ForeignFormat::kTmt);
  EXPECT_EQ(asset_of(in, "door").zone, "inner");
  EXPECT_EQ(asset_of(in, "door").kind, "api") << "of WebAPI";
  EXPECT_EQ(asset_of(in, "guest").zone, "unplaced");
  EXPECT_EQ(asset_of(in, "safe").kind, "store");
  EXPECT_EQ(in.parsed.flows.size(), 1u);
  ASSERT_EQ(in.parsed.abuse.size(), 1u);
  EXPECT_EQ(in.parsed.abuse[0].stride, std::vector<std::string>{"elevation"});
  told(in, "tmt: 1 surfaces, 3 stencils, 1 GE.EI, 1 GE.P, 1 GE.DS, 1 GE.TB.B, 0 GE.TB.L, 2 GE.DF, 2 threats");
  told(in, "  GE.DF/loose: one of its ends is a free point: no flow");
  told(in, "  abuse/ac-theft: the tool generated it, and nobody has judged it");
}

}  // namespace
}  // namespace glacis::control
