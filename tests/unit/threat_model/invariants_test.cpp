#include "control/threat_model/invariants.h"

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

InvariantsResult parse(const std::string& text) { return parse_invariants({"org.yaml", text}); }

std::string faults_in(const std::string& text) { return told(parse(text).diagnostics); }

// An invariant with this query.
std::string query(const std::string& deny) { return "invariants:\n  i: {says: s, owner: o, deny: " + deny + "}\n"; }

TEST(Invariants, QueryKeepsItsFieldsAndWhatTheyWant) {
  const auto result = parse(
      "glacis: 1\n"
      "invariants:\n"
      "  no-way-in:\n"
      "    says: nobody comes in\n"
      "    deny: {crossing: {from.trust: \"<30\", to.sensitivity: [4, 5], app: none}}\n"
      "    severity: critical\n"
      "    owner: rob\n"
      "exemptions:\n"
      "  - {of: no-way-in, model: shop, at: [f-a, f-b], by: rob, why: a test, until: 2027-01-31}\n");
  ASSERT_TRUE(result.file) << told(result.diagnostics);
  ASSERT_EQ(result.file->invariants.size(), 1u);
  const InvariantElement& one = result.file->invariants[0];
  EXPECT_EQ(one.id, "no-way-in");
  EXPECT_EQ(one.says, "nobody comes in");
  EXPECT_EQ(one.owner, "rob");
  EXPECT_EQ(one.severity, v1::SEVERITY_CRITICAL);
  EXPECT_EQ(one.subject, Subject::kCrossing);
  EXPECT_EQ(one.at.line, 3u);
  ASSERT_EQ(one.fields.size(), 3u);
  EXPECT_EQ(one.fields[1].name, "to.sensitivity");
  EXPECT_EQ(one.fields[1].wanted, (std::vector<std::string>{"4", "5"}));
  ASSERT_EQ(result.file->exemptions.size(), 1u);
  const ExemptionElement& exemption = result.file->exemptions[0];
  EXPECT_EQ(exemption.id, "no-way-in");
  EXPECT_EQ(exemption.model, "shop");
  EXPECT_EQ(exemption.elements, (std::vector<std::string>{"f-a", "f-b"}));
  EXPECT_EQ(exemption.by, "rob");
  EXPECT_EQ(exemption.until_s, 1'801'439'999);  // 2027-01-31T23:59:59Z
  EXPECT_EQ(exemption.at.line, 9u);
}

TEST(Invariants, SeverityIsMediumIfNotSaidAndAnEmptyFileHasNone) {
  EXPECT_EQ(parse(query("{asset: {exposed: true}}")).file->invariants[0].severity, v1::SEVERITY_MEDIUM);
  EXPECT_TRUE(parse("glacis: 1\n").file->invariants.empty());
  EXPECT_TRUE(parse("invariants:\nexemptions:\n").file);
}

TEST(Invariants, MisspeltFieldIsAnErrorWithASuggestion) {
  EXPECT_EQ(faults_in(query("{crossing: {from.trus: 3}}")),
            "unknown-key@2:44 unknown key 'from.trus' / did you mean 'from.trust'?\n");
  EXPECT_EQ(faults_in("invariant: {}\n"), "unknown-key@1:1 unknown key 'invariant' / did you mean 'invariants'?\n");
}

TEST(Invariants, ComparisonsAreNumbersInRangeWithOrWithoutASign) {
  for (const char* good : {"3", "\"<3\"", "\"<=3\"", "\">3\"", "\">=3\"", "[\"<3\", 5]", "\"0\""})
    EXPECT_EQ(faults_in(query(std::string("{crossing: {to.sensitivity: ") + good + "}}")), "") << good;
  for (const char* bad : {"6", "\"<6\"", "\"=<3\"", "\"< 3\"", "high", "\"<\"", "-1", "\"==3\"", "3.5"}) {
    EXPECT_EQ(faults_in(query(std::string("{crossing: {to.sensitivity: ") + bad + "}}")),
              "bad-value@2:60 'to.sensitivity' must be a number from 0 to 5, or compared with one / 4, <30, >=4\n")
        << bad;
  }
}

TEST(Invariants, WordsAreOfTheVocabularyOrNone) {
  EXPECT_EQ(faults_in(query("{asset: {kind: [store, none]}}")), "");
  EXPECT_EQ(faults_in(query("{asset: {kind: stor}}")),
            "bad-value@2:47 'stor' is not known for 'kind' / did you mean 'store'?\n");
  EXPECT_EQ(faults_in(query("{case: {sight: non}}")),
            "bad-value@2:47 'non' is not known for 'sight' / did you mean 'none'?\n");
}

TEST(Invariants, QueryIsOfOneKindAndNotEmpty) {
  EXPECT_EQ(faults_in(query("{asset: {exposed: true}, case: {path: true}}")),
            "bad-deny@2:32 an invariant denies one kind of thing / one of crossing, asset, identity and case\n");
  EXPECT_EQ(faults_in(query("{}")),
            "bad-deny@2:32 an invariant denies one kind of thing / one of crossing, asset, identity and case\n");
  EXPECT_EQ(faults_in(query("{asset: {}}")),
            "matches-all@2:40 this would deny every one / fields, all of which fit what is denied\n");
  EXPECT_EQ(faults_in(query("{asset: {owner: []}}")), "bad-value@2:48 'owner' is empty\n");
  EXPECT_EQ(faults_in(query("{crossing: {port: 70000}}")),
            "bad-port@2:50 '70000' is not a port or range / 443, or 5985-5986\n");
}

TEST(Invariants, WhatMustBeThereIsAskedFor) {
  EXPECT_EQ(faults_in("invariants:\n  i: {}\n"),
            "missing-key@2:3 'says' is missing / what must hold, in a plain sentence\n"
            "missing-key@2:3 'deny' is missing / deny: {crossing: {...}}\n"
            "missing-key@2:3 'owner' is missing / who answers for it\n");
  EXPECT_EQ(faults_in(query("{asset: {exposed: true}}") + "exemptions:\n  - {of: i, model: m, at: a}\n"),
            "missing-key@4:5 'by' is missing / who takes the risk\n"
            "missing-key@4:5 'why' is missing / the reason\n"
            "missing-key@4:5 'until' is missing / the day on which it ends\n");
}

TEST(Invariants, ExemptionOfAnUnknownInvariantIsToldAtItsLine) {
  EXPECT_EQ(faults_in(query("{asset: {exposed: true}}") +
                      "exemptions:\n  - {of: ii, model: m, at: a, by: b, why: w, until: 2027-01-01}\n"),
            "unknown-name@4:10 'ii' is not declared / did you mean 'i'?\n");
  EXPECT_EQ(faults_in("exemptions: {a: {}}\n"), "bad-element@1:13 'exemptions' must be a list of keys and values\n");
  EXPECT_EQ(faults_in("exemptions: [1]\n"), "bad-element@1:14 expected keys and values / such as of, model, at\n");
}

TEST(Invariants, FileThatIsNoYamlIsToldAlone) {
  EXPECT_EQ(parse("invariants: [\n").diagnostics.size(), 1u);
  EXPECT_FALSE(parse("invariants: [\n").file);
  EXPECT_EQ(faults_in("- a\n").substr(0, 11), "bad-element");
}

}  // namespace
}  // namespace glacis::control
