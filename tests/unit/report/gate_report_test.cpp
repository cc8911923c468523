#include "control/report/gate_report.h"

#include "control/report/facts_file.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

Gate closed() {
  Gate gate;
  gate.stage = GateStage::kBuild;
  gate.conditions = {{GateStage::kDesign, "check", "no fault", {}, {}},
                     {GateStage::kBuild,
                      "taps",
                      "all seen",
                      {{"flows/f", "no tap sees a<b", {"m.yaml", 3, 1}}, {"", "of the file", {"m.yaml", 0, 0}}},
                      {{"flows/g", "to know", {"m.yaml", 4, 1}}}}};
  return gate;
}

TEST(GateReport, LastLineCountsWhatFails) {
  Gate gate = closed();
  EXPECT_EQ(gate_line(gate), "gate build: closed, 1 of 2 conditions fails");
  gate.conditions[0].failures.push_back({"", "x", {}});
  EXPECT_EQ(gate_line(gate), "gate build: closed, 2 of 2 conditions fail");
  for (GateCondition& condition : gate.conditions) condition.failures.clear();
  EXPECT_EQ(gate_line(gate), "gate build: open, all 2 conditions hold");
}

TEST(GateReport, MarkdownHasARowForEachConditionWithItsElements) {
  EXPECT_EQ(
      markdown(gate_document(closed())),
      "# gate build: closed, 1 of 2 conditions fails\n\n"
      "## design\n\n"
      "| Result | Condition | What must be so |\n"
      "|---|---|---|\n"
      "| passed | check | no fault |\n\n"
      "## build\n\n"
      "| Result | Condition | What must be so | Why |\n"
      "|---|---|---|---|\n"
      "| failed | taps | all seen | m.yaml:3: flows/f: no tap sees a\\<b<br>m.yaml: of the file<br>(listed) m.yaml:4: "
      "flows/g: to know |\n\n");
}

TEST(GateReport, JsonSaysWhatIsOpenAndWhere) {
  const std::string json = gate_json(closed());
  EXPECT_EQ(json.substr(0, 56), "{\n  \"stage\": \"build\",\n  \"open\": false,\n  \"failed\": 1,\n  ");
  EXPECT_NE(json.find("\"element\": \"flows/f\",\n          \"says\": \"no tap sees a<b\",\n          \"file\": "
                      "\"m.yaml\",\n          \"line\": 3"),
            std::string::npos)
      << json;
}

TEST(GateReport, JunitHasASuiteForEachStageAndEscapes) {
  EXPECT_EQ(gate_junit(closed()),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"glacis gate\" tests=\"2\" failures=\"1\">\n"
            "  <testsuite name=\"design\" tests=\"1\" failures=\"0\">\n"
            "    <testcase classname=\"gate.design\" name=\"check\"/>\n"
            "  </testsuite>\n"
            "  <testsuite name=\"build\" tests=\"1\" failures=\"1\">\n"
            "    <testcase classname=\"gate.build\" name=\"taps\">\n"
            "      <failure type=\"taps\" message=\"all seen\">m.yaml:3: flows/f: no tap sees a&lt;b\n"
            "m.yaml: of the file\n"
            "</failure>\n"
            "    </testcase>\n"
            "  </testsuite>\n"
            "</testsuites>\n");
}

const std::vector<Model>& models() {
  static const std::vector<Model> kModels = {
      good(small_model("requirements: {R: {says: s}}\nassumptions: {A: {says: s}}\n"))};
  return kModels;
}

// What is wrong with the only fact of a file.
std::string fault_of(const std::string& fact) {
  const auto facts = parse_facts("{\"facts\": [" + fact + "]}", models());
  return facts ? "" : facts.error();
}

TEST(FactsFile, FactsAreReadWithTheirMoment) {
  const auto facts = parse_facts(
      R"({"facts": [{"id": "R", "state": "verified", "when": "2026-11-26T00:00:10Z", "by": "a -> b"},
                    {"model": "shop", "id": "A", "state": "refuted", "when": "2026-11-26"}]})",
      models());
  ASSERT_TRUE(facts) << facts.error();
  ASSERT_EQ(facts->size(), 2u);
  EXPECT_EQ((*facts)[0].model, "shop");
  EXPECT_EQ((*facts)[0].state, FactState::kVerified);
  EXPECT_EQ((*facts)[0].when_s, 1'795'651'210);
  EXPECT_EQ((*facts)[0].by, "a -> b");
  EXPECT_EQ((*facts)[1].state, FactState::kRefuted);
  EXPECT_EQ((*facts)[1].when_s, 1'795'651'200) << "a day is known from its start";
}

TEST(FactsFile, WhatIsWrongIsSaidWithItsPlace) {
  EXPECT_EQ(fault_of(R"({"id": "Q", "state": "verified"})"), "facts[0]: 'shop' has no requirement or assumption 'Q'");
  EXPECT_EQ(fault_of(R"({"id": "R", "state": "verified"}, {"id": "R", "state": "refuted"})"),
            "facts[1]: 'R' stands twice");
  EXPECT_EQ(fault_of(R"({"id": "R", "state": "confirmed"})"), "facts[0]: a requirement is verified, not confirmed");
  EXPECT_EQ(fault_of(R"({"id": "A", "state": "verified"})"), "facts[0]: an assumption is confirmed, not verified");
  EXPECT_EQ(fault_of(R"({"id": "A", "state": "fine"})"),
            "facts[0]: 'state' is confirmed, verified, refuted or untested, not 'fine'");
  EXPECT_EQ(fault_of(R"({"model": "x", "id": "A", "state": "untested"})"), "facts[0]: no model 'x' is before the gate");
  EXPECT_EQ(fault_of(R"({"id": "A", "state": "refuted", "flow": "a"})"),
            "facts[0]: unknown key 'flow': model, id, state, when and by are known");
  EXPECT_EQ(fault_of(R"({"id": 3, "state": "refuted"})"), "facts[0]: 'id' must be a text");
  EXPECT_EQ(fault_of(R"({"id": "A"})"), "facts[0]: 'state' is missing");
  EXPECT_EQ(fault_of("1"), "facts[0]: expected an object");
  for (const char* when :
       {"yesterday", "2026-13-01", "2026-11-26T24:00:00Z", "2026-11-26T10:00:00", "2026-11-26 10:00:00Z", ""}) {
    EXPECT_EQ(fault_of(R"({"id": "A", "state": "refuted", "when": ")" + std::string(when) + "\"}"),
              "facts[0]: 'when' is a day or a moment such as 2026-11-20T10:15:00Z")
        << when;
  }
}

TEST(FactsFile, WhatIsNoListOfFactsIsRefused) {
  for (const char* text : {"[]", "{}", R"({"facts": {}})", R"({"facts": [], "more": 1})", "null"})
    EXPECT_EQ(parse_facts(text, models()).error(), R"(expected {"facts": [...]})") << text;
  EXPECT_EQ(parse_facts("{", models()).error(), "it is not JSON");
  EXPECT_EQ(parse_facts(std::string(kMostFactBytes + 1, ' '), models()).error(), "it is larger than 4 MiB");
  EXPECT_TRUE(parse_facts(R"({"facts": []})", models()));
}

TEST(FactsFile, ModelMustBeSaidWhereThereAreSeveral) {
  const std::vector<Model> two = {models()[0], good(small_model("", "other"))};
  EXPECT_EQ(parse_facts(R"({"facts": [{"id": "R", "state": "verified"}]})", two).error(),
            "facts[0]: 'model' is missing, and there are several");
}

}  // namespace
}  // namespace glacis::control
