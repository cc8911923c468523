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
  (void)reader("from: a\ntoo: b\nto: c\nquux: 1\n", "boundaries");
  EXPECT_EQ(told(diagnostics_),
            "unknown-key@2:1 unknown key 'too' / did you mean 'to'?\n"
            "unknown-key@4:1 unknown key 'quux' / one of: from, to, changes, default, severity, needs, says\n");
}

TEST_F(ElementReaderTest, WhatIsNoMapIsToldWithSomeKeys) {
  (void)reader("- a\n", "zones");
  EXPECT_EQ(told(diagnostics_), "bad-element@1:1 expected keys and values / such as trust, addr, taps\n");
}

TEST_F(ElementReaderTest, AbsentKeysGiveFallbacksAndTheElementsPlace) {
  const ElementReader r = reader("{}", "drift");
  EXPECT_EQ(r.text("ignore", "none"), "none");
  EXPECT_EQ(r.number("crossing", 50), 50u);
  EXPECT_FALSE(r.flag("flat"));
  EXPECT_EQ(r.duration("learn"), 0);
  EXPECT_EQ(r.choice("unmodelled"), 0);
  EXPECT_TRUE(r.words("ignore").empty());
  EXPECT_EQ(r.at("learn").line, 9u);
  EXPECT_TRUE(diagnostics_.empty());
}

TEST_F(ElementReaderTest, RequiredKeyThatIsMissingOrEmptyIsTold) {
  (void)reader("from: ''", "boundaries");
  EXPECT_EQ(told(diagnostics_),
            "bad-value@1:7 'from' is empty / the zone in which crossings start\n"
            "missing-key@9:9 'to' is missing / the zone that they reach\n");
}

TEST_F(ElementReaderTest, SentenceEndsWithoutTheNewlineOfItsBlock) {
  const ElementReader r = reader("says: |\n  one\n  two\ntrust: 1\n", "zones");
  EXPECT_EQ(r.sentence("says"), "one\ntwo");
  EXPECT_EQ(r.text("says"), "one\ntwo\n");
}

TEST_F(ElementReaderTest, WordsHavePlacesOfTheirOwn) {
  const ElementReader r = reader("taps: [a, [b], c]\ntrust: 1\n", "zones");
  const auto words = r.words("taps");
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[1].text, "c");
  EXPECT_EQ(words[1].at.column, 16u);
  EXPECT_EQ(told(diagnostics_), "bad-value@1:11 'taps' must list plain values\n");
}

TEST_F(ElementReaderTest, ValuesOfTheWrongShapeAreToldOnceAndReadAsAbsent) {
  const ElementReader r = reader("trust: 101\nflat: yes\nenv: [a]\ntaps: {a: b}\naddr: 12\nvlan: x\n", "zones");
  EXPECT_EQ(r.number("trust", 7), 7u);
  EXPECT_FALSE(r.flag("flat"));
  EXPECT_EQ(r.text("env"), "");
  EXPECT_TRUE(r.words("taps").empty());
  EXPECT_EQ(told(diagnostics_),
            "bad-value@1:8 'trust' must be a number from 0 to 100\n"
            "bad-value@2:7 'flat' must be true or false\n"
            "bad-value@3:6 'env' must be one value\n"
            "bad-value@4:7 'taps' must be a value or a list\n"
            "bad-address@5:7 '12' is not an address or prefix / 10.1.0.0/16, fd00:1::/48 or any\n"
            "bad-value@6:7 'vlan' must be a number from 1 to 4094\n");
}

TEST_F(ElementReaderTest, ChoiceIsAPositionAndSuggestsTheClosestWord) {
  const ElementReader r = reader("from: a\nto: b\nseverity: high\ndefault: alarm\nchanges: [x, risk]\n", "boundaries");
  EXPECT_EQ(r.choice("severity"), 4);
  EXPECT_EQ(r.choice("default"), 0);
  EXPECT_EQ(r.choices("changes"), std::vector<std::string>{"risk"});
  EXPECT_EQ(told(diagnostics_),
            "bad-value@4:10 'alarm' is not known for 'default' / one of: allow, report, alert\n"
            "bad-value@5:11 'x' is not known for 'changes' / one of: control, ownership, risk\n");
}

}  // namespace
}  // namespace glacis::control
