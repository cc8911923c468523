#include "control/analysis/threats.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "control/threat_model/source_files.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Ids of what the small model with these sections leaves open, of this condition.
std::set<std::string> open_of(const std::string& condition, const std::string& more) {
  const Model model = good(small_model(more));
  std::set<std::string> out;
  for (const Threat& threat : threats(Places(model))) {
    if (threat.condition->id == condition) out.insert(threat.id);
  }
  return out;
}

TEST(Threats, FortyConditionsAtLeastEachWithItsOwnIdAndWords) {
  std::set<std::string_view> ids;
  for (const ThreatCondition& condition : threat_conditions()) {
    EXPECT_TRUE(ids.insert(condition.id).second) << condition.id;
    EXPECT_FALSE(condition.says.empty());
  }
  EXPECT_GE(ids.size(), 40u);
}

// A model in which every condition holds somewhere: none of them looks for what cannot be.
TEST(Threats, EachConditionHoldsInAModelThatDoesAllWrong) {
  const std::string text = file_text(GLACIS_WRONG_MODEL);
  const Model model = good(text);
  std::set<std::string_view> found;
  for (const Threat& threat : threats(Places(model))) found.insert(threat.condition->id);
  for (const ThreatCondition& condition : threat_conditions())
    EXPECT_TRUE(found.contains(condition.id)) << condition.id;
}

TEST(Threats, FullyAnsweredModelLeavesNoneOpen) {
  std::string text = file_text(GLACIS_WRONG_MODEL);
  const Model before = good(text);
  text += "answers:\n";
  for (const Threat& threat : threats(Places(before))) text += "  " + threat.id + ": {why: a test, owner: ada}\n";
  const Model after = good(text);
  std::string open;
  for (const Threat& threat : threats(Places(after))) open += threat.id + "\n";
  EXPECT_EQ(open, "");
}

TEST(Threats, CaseOfThatKindThatLooksAtTheLineAnswersIt) {
  const std::string flow = "flows: {f: {from: users, to: data, app: http, port: 80, as: i}}\nidentities: {i: {}}\n";
  const auto with_case = [&](const std::string& stride, const std::string& target) {
    return open_of("clear-text-credential", flow + "abuse: {c: {says: x, stride: [" + stride +
                                                "], path: {any: [{id: s, flow: " + target + ", is: [denied]}]}}}\n");
  };
  EXPECT_EQ(open_of("clear-text-credential", flow), std::set<std::string>{"clear-text-credential/f"});
  EXPECT_EQ(with_case("spoofing", "f"), std::set<std::string>{});
  EXPECT_EQ(with_case("spoofing", "data"), std::set<std::string>{});
  EXPECT_EQ(with_case("denial", "f"), std::set<std::string>{"clear-text-credential/f"});
  EXPECT_EQ(with_case("spoofing", "internet"), std::set<std::string>{"clear-text-credential/f"});
  EXPECT_EQ(with_case("spoofing", "any"), std::set<std::string>{"clear-text-credential/f"})
      << "looks at nothing in particular";
}

TEST(Threats, FindingAboutTheElementAnswersIt) {
  EXPECT_EQ(open_of("any-port", "flows: {f: {from: users, to: data}}\n"), std::set<std::string>{"any-port/f"});
  EXPECT_EQ(open_of("any-port",
                    "flows: {f: {from: users, to: data}}\nfindings: {F: {at: f, owner: a, decide: reduce-access, due: "
                    "2030-01-01}}\n"),
            std::set<std::string>{});
}

TEST(Threats, WhatIsWrittenDownAtTheElementClosesIt) {
  const auto flow = [](const std::string& keys) {
    return "flows: {f: {from: internet, to: data" + keys + "}}\nidentities: {i: {}}\n";
  };
  EXPECT_EQ(open_of("no-identity", flow("")).size(), 1u);
  EXPECT_EQ(open_of("no-identity", flow(", as: i")).size(), 0u);
  EXPECT_EQ(open_of("no-limit", flow("")).size(), 1u);
  EXPECT_EQ(open_of("no-limit", flow(", limit: {flows: 5/h}")).size(), 0u);
  EXPECT_EQ(open_of("any-app", flow("")).size(), 1u);
  EXPECT_EQ(open_of("any-app", flow(", app: https")).size(), 0u);
}

TEST(Threats, NeverLineToTheInternetClosesEgress) {
  EXPECT_EQ(open_of("open-egress", ""), std::set<std::string>{"open-egress/data"});
  EXPECT_EQ(open_of("open-egress", "never: {n: {from: data, to: internet}}\n"), std::set<std::string>{});
  EXPECT_EQ(open_of("open-egress", "never: {n: {from: users, to: internet}}\n"),
            std::set<std::string>{"open-egress/data"});
}

TEST(Threats, SentenceNamesTheElementsAndTheStubIsReadable) {
  const Model model = good(small_model("flows: {f: {from: users, to: data, port: 22}}\n"));
  const auto all = threats(Places(model));
  const auto found = std::ranges::find(all, "admin-from-low-trust/f", &Threat::id);
  ASSERT_EQ(found, all.end()) << "users have a trust of 40";
  const auto jump = std::ranges::find(all, "admin-without-jump/f", &Threat::id);
  ASSERT_NE(jump, all.end());
  EXPECT_EQ(jump->sentence, "A stolen session of users administers data without a jump host");
  EXPECT_EQ(jump->at.line, kSmallModelLines + 1);
  EXPECT_NE(jump->stub.find("answers: {admin-without-jump/f:"), std::string::npos);
}

}  // namespace
}  // namespace glacis::control
