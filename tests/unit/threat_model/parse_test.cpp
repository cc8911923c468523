#include <fstream>
#include <iterator>

#include "control/threat_model/source_files.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

TEST(Parse, EveryFaultOfABrokenModelIsToldAtItsPlaceWithWhatToDo) {
  std::vector<Diagnostic> unreadable;
  const ParseResult result = parse_model(load_sources(GLACIS_MODELS "broken.yaml", unreadable));
  ASSERT_TRUE(unreadable.empty());
  EXPECT_FALSE(result.model);
  EXPECT_GE(result.diagnostics.size(), 25u);
  std::ifstream in(GLACIS_MODELS "broken.expected");
  const std::string expected((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_EQ(told(result.diagnostics), expected);
}

TEST(Parse, EmptyFileLacksItsModel) {
  EXPECT_EQ(told(parse_text("").diagnostics),
            "bad-element@1:1 expected keys and values / such as glacis, include, model\n"
            "missing-key@1:1 'model' is missing / model: {id: web-shop, owner: ada}\n");
}

TEST(Parse, NamesAndPortsOfIncludedFilesAreTheModels) {
  const std::vector<SourceFile> files = {
      {"m.yaml",
       "include: land.yaml\nmodel: {id: m, owner: ada}\nflows: {f: {from: users, to: users, port: admin, hours: "
       "'01:00-02:00'}}\n"},
      {"land.yaml", "ports: {admin: 22}\nhours: {tz: Europe/Berlin}\nzones: {users: {trust: 1, addr: 10.0.0.0/8}}\n"}};
  const ParseResult result = parse_model(files);
  ASSERT_TRUE(result.model) << told(result.diagnostics);
  EXPECT_EQ(result.model->flows.at(0).ports.at(0).first, 22u);
  EXPECT_EQ(result.model->flows.at(0).hours->tz, "Europe/Berlin");
  EXPECT_EQ(result.model->zones.at(0).at.file, "land.yaml");
}

TEST(Parse, DigestIsOfTheModelAndItsIncludesInOrderOfInclusion) {
  const SourceFile model{"m.yaml", "include: [a.yaml, b.yaml]\nmodel: {id: m, owner: ada}\n"},
      a{"a.yaml", "ports: {x: 1}\n"}, b{"b.yaml", "ports: {y: 2}\n"};
  const auto digest = [](const std::vector<SourceFile>& files) {
    const ParseResult result = parse_model(files);
    EXPECT_TRUE(result.model) << told(result.diagnostics);
    return result.model ? result.model->digest : "";
  };
  EXPECT_EQ(digest({model, a, b}), digest_of(model.text + a.text + b.text));
  EXPECT_EQ(digest({model, b, a}), digest({model, a, b}));
  EXPECT_EQ(digest({model, a, b, {"unused.yaml", "x"}}), digest({model, a, b}));
}

TEST(Parse, IncludedFileIsNoModelOfItsOwnAndMustBeThere) {
  EXPECT_EQ(told(parse_model({{"m.yaml", "include: b.yaml\nmodel: {id: m, owner: ada}\n"},
                              {"b.yaml", "model: {id: b, owner: bo}\n"}})
                     .diagnostics),
            "two-models@1:8 an included file is not a model of its own / 'model' belongs into m.yaml\n");
  EXPECT_EQ(told(parse_model({{"m.yaml", "include: [b.yaml]\nmodel: {id: m, owner: ada}\n"}}).diagnostics),
            "no-include@1:11 'b.yaml' is not among the given files / paths are relative to the model, and stay in its "
            "folder\n");
}

TEST(Parse, MoreFaultsThanAPersonReadsAreCounted) {
  std::string text = small_model("flows:\n");
  for (int i = 0; i < 1500; ++i) text += "  f" + std::to_string(i) + ": {from: users, to: nowhere}\n";
  const ParseResult result = parse_text(text);
  ASSERT_EQ(result.diagnostics.size(), kMostDiagnostics + 1);
  EXPECT_EQ(result.diagnostics.back().message, "and 500 more");
  EXPECT_FALSE(result.model);
}

TEST(Parse, RiskGivesTheSeverityThatTheCaseDoesNotSay) {
  const auto severity = [](const std::string& keys) {
    return good(small_model("abuse: {c: {says: x" + keys + "}}\n")).abuse.at(0).severity;
  };
  EXPECT_EQ(severity(""), 3);
  EXPECT_EQ(severity(", risk: {likelihood: 1, impact: 5}"), 2);
  EXPECT_EQ(severity(", risk: {likelihood: 2, impact: 3}"), 3);
  EXPECT_EQ(severity(", risk: {likelihood: 3, impact: 3}"), 3);
  EXPECT_EQ(severity(", risk: {likelihood: 3, impact: 4}"), 4);
  EXPECT_EQ(severity(", risk: {likelihood: 4, impact: 4}"), 4);
  EXPECT_EQ(severity(", risk: {likelihood: 4, impact: 5}"), 5);
  EXPECT_EQ(severity(", severity: info, risk: {likelihood: 5, impact: 5}"), 1);
}

TEST(Parse, NameOfAnotherKindIsToldAsWhatItIs) {
  EXPECT_EQ(faults_of("flows: {f: {from: users, to: data}}\nnever: {n: {from: f, to: data, except: [users]}}\n"),
            "wrong-kind@2:19 'f' is a flow / a zone or asset is wanted here\n"
            "wrong-kind@2:41 'users' is a zone / a flow is wanted here\n");
}

TEST(Parse, AnyStandsForEveryAddressOnlyWhereAnEndIsMeant) {
  EXPECT_EQ(faults_of("flows: {f: {from: any, to: data}}\n"), "");
  EXPECT_EQ(faults_of("boundaries: {b: {from: any, to: data}}\n"),
            "unknown-name@1:24 'any' is not declared / declare a zone of that name\n");
}

}  // namespace
}  // namespace glacis::control
