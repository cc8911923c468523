#include "control/templates/model_templates.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "control/analysis/static_check.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

constexpr int64_t kDay_s = 1'795'651'200;  // 2026-11-26

TEST(ModelTemplates, AreTheFilesOfTheFolder) {
  std::vector<std::string> names;
  for (const ModelTemplate& one : model_templates()) {
    names.emplace_back(one.name);
    std::ifstream in(std::string(GLACIS_MODEL_TEMPLATES) + names.back() + ".yaml", std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), one.text) << one.name;
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("web-api", "cloud-workload", "remote-access", "payment",
                                                   "admin-path", "ingestion", "segment"));
}

TEST(ModelTemplates, AreGoodDraftsWithoutAWarning) {
  for (const ModelTemplate& one : model_templates()) {
    ParseResult parsed = parse_text(std::string(one.text));
    ASSERT_TRUE(parsed.model) << one.name << told(parsed.diagnostics);
    EXPECT_EQ(told(parsed.diagnostics), "") << one.name;
    EXPECT_EQ(told(static_check(Places(*parsed.model), kDay_s)), "") << one.name;
    EXPECT_EQ(parsed.model->id, one.name);
    EXPECT_GT(policy_of({*parsed.model}).rules_size(), 10) << one.name << ": a sensor can take it";
  }
}

TEST(ModelTemplates, HaveWhatAnArchitectStartsFrom) {
  for (const ModelTemplate& one : model_templates()) {
    const Model model = good(std::string(one.text));
    EXPECT_GE(model.zones.size(), 3u) << one.name;
    EXPECT_GE(model.assets.size(), 4u) << one.name;
    EXPECT_GE(model.flows.size(), 4u) << one.name;
    EXPECT_GE(model.nevers.size(), 3u) << one.name;
    EXPECT_TRUE(model.abuse.size() >= 1 && model.abuse.size() <= 3) << one.name;
    EXPECT_FALSE(model.assumptions.empty() || model.findings.empty() || model.requirements.empty()) << one.name;
  }
}

TEST(ModelTemplates, IdAndOwnerAreReplacedAndNothingElse) {
  for (const ModelTemplate& one : model_templates()) {
    std::string expected(one.text);
    expected.replace(expected.find("id: " + std::string(one.name)), 4 + one.name.size(), "id: my-model");
    expected.replace(expected.find("owner: architect"), 16, "owner: \"eve \\\"x\\\": # y\"");
    EXPECT_EQ(model_of(one, "my-model", "eve \"x\": # y"), expected);
    EXPECT_EQ(model_of(one, "", ""), one.text);
  }
}

TEST(ModelTemplates, OwnerOfAnyTextIsTheOwner) {
  for (const std::string owner :
       {"true", "1", "eve", "- a", "a: {b}", "\"", "`x`", "a\nowner: b", "gr\xc3\xbc\xc3\x9f"}) {
    std::string line = owner;
    std::ranges::replace(line, '\n', ' ');
    EXPECT_EQ(good(model_of(*model_template("payment"), "", owner)).owner, line);
  }
}

}  // namespace
}  // namespace glacis::control
