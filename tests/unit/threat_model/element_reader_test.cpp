#include "control/threat_model/element_reader.h"

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

class ElementReaderTest : public ::testing::Test {
 protected:
  ElementReader reader(const std::string& text, std::string_view element) {
    tree_ = read_yaml({"m.yaml", text}, diagnostics_);
    return {tree_, element, {"m.yaml", 9, 9}, diagnostics_};
  }
  YamlTree tree_;
  std::vector<Diagnostic> diagnostics_;
};

TEST_F(ElementReaderTest, UnknownKeyIsToldWithTheClosestOne) {
  (void)reader("trust: 3\ntapz: []\nquux: 1\n", "zones");
  EXPECT_EQ(told(diagnostics_),
            "unknown-key@2:1 unknown key 'tapz' / did you mean 'taps'?\n"
            "unknown-key@3:1 unknown key 'quux' / one of: trust, addr, taps, env, flat, stack, tap, vlan, vni, says\n");
}

TEST_F(ElementReaderTest, WhatIsNoMapIsToldWithSomeKeys) {
  (void)reader("- a\n", "zones");
  EXPECT_EQ(told(diagnostics_), "bad-element@1:1 expected keys and values / such as trust, addr, taps\n");
}

TEST_F(ElementReaderTest, AbsentKeysGiveFallbacksAndTheElementsPlace) {
  ElementReader r = reader("{}", "zones");
  EXPECT_EQ(r.text("env", "none"), "none");
  EXPECT_EQ(r.number("trust", 0, 100, 50), 50u);
  EXPECT_FALSE(r.flag("flat"));
  EXPECT_EQ(r.duration("within"), 0);
  EXPECT_EQ(r.choice("severity", Vocabulary::kSeverity), 0);
  EXPECT_TRUE(r.words("taps").empty());
  EXPECT_EQ(r.at("env").line, 9u);
  EXPECT_TRUE(diagnostics_.empty());
}

TEST_F(ElementReaderTest, RequiredKeyThatIsMissingOrEmptyIsTold) {
  ElementReader r = reader("env: ''", "zones");
  (void)r.required("env", "a name");
  (void)r.required("trust", "0 to 100");
  EXPECT_EQ(told(diagnostics_),
            "bad-value@1:6 'env' is empty / a name\nmissing-key@9:9 'trust' is missing / 0 to 100\n");
}

TEST_F(ElementReaderTest, SentenceEndsWithoutTheNewlineOfItsBlock) {
  ElementReader r = reader("says: |\n  one\n  two\n", "zones");
  EXPECT_EQ(r.sentence("says"), "one\ntwo");
  EXPECT_EQ(r.text("says"), "one\ntwo\n");
}

TEST_F(ElementReaderTest, WordsHavePlacesOfTheirOwn) {
  ElementReader r = reader("taps: [a, [b], c]", "zones");
  const auto words = r.words("taps");
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[1].text, "c");
  EXPECT_EQ(words[1].at.column, 16u);
  EXPECT_EQ(told(diagnostics_), "bad-value@1:11 'taps' must list plain values\n");
}

TEST_F(ElementReaderTest, ValuesOfTheWrongKindAreTold) {
  ElementReader r = reader("trust: 101\nflat: yes\nenv: [a]\ntaps: {a: b}\naddr: 12\n", "zones");
  (void)r.number("trust", 0, 100, 0);
  (void)r.flag("flat");
  (void)r.text("env");
  (void)r.words("taps");
  (void)r.duration("addr");
  EXPECT_EQ(told(diagnostics_),
            "bad-value@1:8 'trust' must be a number from 0 to 100\n"
            "bad-value@2:7 'flat' must be true or false\n"
            "bad-value@3:6 'env' must be one value\n"
            "bad-value@4:7 'taps' must be a value or a list\n"
            "bad-duration@5:7 'addr' must be a time such as 30s, 10m, 4h or 1d\n");
}

TEST_F(ElementReaderTest, ChoiceIsAPositionAndSuggestsTheClosestWord) {
  ElementReader r = reader("severity: high\ndefault: alarm\nchanges: [x]\n", "boundaries");
  EXPECT_EQ(r.choice("severity", Vocabulary::kSeverity), 4);
  EXPECT_EQ(r.choice("default", Vocabulary::kUnmodelled), 0);
  EXPECT_EQ(r.choice("changes", Vocabulary::kStage), 0);
  EXPECT_EQ(told(diagnostics_),
            "bad-value@2:10 'alarm' is not known for 'default' / one of: allow, report, alert\n"
            "bad-value@3:10 'changes' must be one value\n");
}

}  // namespace
}  // namespace glacis::control
