#include "control/analysis/gate.h"

#include "control/analysis/gate_search.h"
#include "control/analysis/threat_facts.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

constexpr int64_t kDay_s = 1'795'651'200;  // 2026-11-26

struct Asked {
  std::vector<Model> models;
  GateQuestion question;
  std::vector<Diagnostic> check;
  std::vector<TrafficFact> facts;

  Gate judge() {
    question.day_s = kDay_s;
    question.check = check;
    question.facts = facts;
    return judge_gate(models, question);
  }
};

Asked ask(GateStage stage, const std::string& more) {
  Asked out;
  out.question.stage = stage;
  out.models.push_back(good(small_model(more)));
  return out;
}

// "element: what" of each failure of a condition; "(listed) ..." of what is told.
std::string failures(const Gate& gate, std::string_view id) {
  for (const GateCondition& condition : gate.conditions) {
    if (condition.id != id) continue;
    std::string out;
    for (const GateItem& item : condition.failures) out += item.element + ": " + item.what + "\n";
    for (const GateItem& item : condition.listed) out += "(listed) " + item.element + ": " + item.what + "\n";
    return out;
  }
  return "not asked";
}

std::string failures(GateStage stage, std::string_view id, const std::string& more) {
  return failures(ask(stage, more).judge(), id);
}

std::string asked_of(GateStage stage) {
  std::string out;
  for (const GateCondition& condition : ask(stage, "").judge().conditions)
    out += (out.empty() ? "" : " ") + std::string(condition.id);
  return out;
}

TEST(Gate, EachStageAsksAllThatTheOneBeforeAsks) {
  EXPECT_EQ(asked_of(GateStage::kDesign), "check acceptances findings threats");
  EXPECT_EQ(asked_of(GateStage::kBuild), "check acceptances findings threats addresses taps due enforced");
  EXPECT_EQ(asked_of(GateStage::kLive),
            "check acceptances findings threats addresses taps due enforced cases requirements assumptions tested");
}

TEST(Gate, FaultsOfCheckGoWhereTheyBelong) {
  Asked asked = ask(GateStage::kDesign, "");
  asked.question.invariants = "org.yaml";
  asked.check = {{"acceptance-ends", "soon", "", {"m.yaml", 3, 1}},
                 {"invariant", "denied", "", {"m.yaml", 4, 1}},
                 {"unused-exemption", "unused", "", {"org.yaml", 5, 1}},
                 {"unknown-key", "typo", "", {"org.yaml", 6, 1}},
                 {"unwalked-way", "a warning fails nothing", "", {"m.yaml", 7, 1}},
                 {"duplicate-id", "twice", "", {"m.yaml", 8, 1}}};
  const Gate gate = asked.judge();
  EXPECT_EQ(failures(gate, "check"), ": twice [duplicate-id]\n");
  EXPECT_EQ(failures(gate, "invariants"), ": denied [invariant]\n: unused [unused-exemption]\n: typo [unknown-key]\n");
  EXPECT_EQ(failures(gate, "acceptances"), ": soon [acceptance-ends]\n");
  EXPECT_EQ(gate.failed(), 3u);
  EXPECT_FALSE(gate.open());
}

TEST(Gate, InvariantsAreAskedForOnlyWhereThereAreSome) {
  EXPECT_EQ(failures(GateStage::kDesign, "invariants", ""), "not asked");
}

TEST(Gate, NothingElseIsJudgedOfModelsWithFaults) {
  Asked asked = ask(GateStage::kBuild, "");
  asked.question.composed = false;
  asked.check = {{"unknown-key", "typo", "", {"m.yaml", 6, 1}}};
  const Gate gate = asked.judge();
  EXPECT_EQ(failures(gate, "taps"), ": not judged: the models have faults\n");
  EXPECT_EQ(gate.failed(), 7u) << "all but acceptances";
}

TEST(Gate, AcceptedRiskNeedsAnAcceptance) {
  const std::string finding =
      "never: {n: {from: users, to: data}}\nfindings:\n  F: {says: s, at: n, owner: o, due: 2028-01-01, ";
  EXPECT_EQ(failures(GateStage::kDesign, "findings", finding + "decide: [add-detection]}\n"), "");
  EXPECT_EQ(failures(GateStage::kDesign, "findings", finding + "decide: [accept-risk]}\n"),
            "findings/F: the risk is to be accepted, and nobody has: accept\n");
  EXPECT_EQ(failures(GateStage::kDesign, "findings",
                     finding + "decide: [accept-risk], accept: {by: a, asked_by: b, why: w, until: 2027-12-31}}\n"),
            "");
}

// Whether a threat of this element is high.
bool high(const std::string& element, const std::string& more) {
  const Model model = good(small_model(more));
  const Places places(model);
  return is_high(element, ThreatFacts(places));
}

TEST(Gate, ThreatsAreHighWhereTrustRisesFarOrMuchIsAtStake) {
  const std::string data = "data: {big: {sensitivity: 4}, small: {sensitivity: 3}}\n";
  EXPECT_TRUE(high("f", "flows: {f: {from: internet, to: users}}\n")) << "40 more trust";
  EXPECT_FALSE(high("f", "flows: {f: {from: users, to: users}}\n"));
  EXPECT_FALSE(high("f", "flows: {f: {from: data, to: users}}\n")) << "it falls";
  EXPECT_TRUE(high("f", data + "flows: {f: {from: data, to: users, carries: big}}\n"));
  EXPECT_FALSE(high("f", data + "flows: {f: {from: data, to: users, carries: small}}\n"));
  const std::string assets = data +
                             "assets: {a: {zone: users, holds: [big]}, b: {zone: users, addr: 10.1.0.1, holds: "
                             "[small]}, c: {zone: data, exposed: true}}\n";
  EXPECT_TRUE(high("f", assets + "flows: {f: {from: data, to: a}}\n"));
  EXPECT_FALSE(high("f", assets + "flows: {f: {from: data, to: b}}\n"));
  EXPECT_TRUE(high("f", assets + "flows: {f: {from: data, to: users}}\n")) << "the zone has it";
  EXPECT_TRUE(high("a", assets));
  EXPECT_FALSE(high("b", assets));
  EXPECT_TRUE(high("c", assets));
  EXPECT_TRUE(high("users", assets));
  EXPECT_FALSE(high("data", assets));
  EXPECT_TRUE(high("big", assets));
  EXPECT_FALSE(high("small", assets));
  const std::string lines = "flows: {up: {from: internet, to: data}, down: {from: data, to: internet}}\n";
  EXPECT_TRUE(high("i", lines + "identities: {i: {may: [up]}}\n"));
  EXPECT_TRUE(high("c", "abuse: {c: {says: s, severity: high}}\n"));
  EXPECT_FALSE(high("c", "abuse: {c: {says: s}}\n"));
  EXPECT_FALSE(high("i", lines + "identities: {i: {may: [down]}}\n"));
}

TEST(Gate, ThreatsOfLevelHighFailAndOthersAreListed) {
  const Gate gate =
      ask(GateStage::kDesign,
          "flows: {up: {from: internet, to: data, app: http, port: 80}, side: {from: data, to: users, app: http, "
          "port: 80}}\n")
          .judge();
  const std::string all = failures(gate, "threats");
  EXPECT_NE(all.find("/up: "), std::string::npos) << all;
  EXPECT_NE(all.find("(listed) "), std::string::npos) << all;
  EXPECT_EQ(all.find("(listed) clear-text/up"), std::string::npos) << all;
}

TEST(Gate, ZonesHaveAddressesAndAtMostOneAssetOfAZoneHasNone) {
  Asked asked;
  asked.question.stage = GateStage::kBuild;
  asked.models.push_back(
      good("model: {id: m, owner: o}\nzones: {a: {trust: 1}, b: {trust: 2, addr: any}}\n"
           "assets: {x: {zone: a}, y: {zone: a}, named: {zone: a, name: n.example}, alone: {zone: b}}\n"));
  EXPECT_EQ(failures(asked.judge(), "addresses"),
            "zones/a: it has no address\n"
            "assets/x: it has no address, and other assets of 'a' have none either\n"
            "assets/y: it has no address, and other assets of 'a' have none either\n");
}

TEST(Gate, CrossingsToMoreTrustNeedATapWithASensor) {
  Asked asked;
  asked.question.stage = GateStage::kBuild;
  asked.models.push_back(
      good("model: {id: m, owner: o}\ntaps: {t: {}, u: {sensors: [s]}}\n"
           "zones: {a: {trust: 1, addr: 10.1.0.0/16}, b: {trust: 2, addr: 10.2.0.0/16}, c: {trust: 3, addr: "
           "10.3.0.0/16, taps: [u]}}\n"
           "flows: {up: {from: a, to: b}, down: {from: b, to: a}, seen: {from: a, to: c}}\n"));
  EXPECT_EQ(failures(asked.judge(), "taps"), "flows/up: no tap sees a to b\ntaps/t: no sensor stands on it\n");
}

TEST(Gate, OverdueFindingsFailFromTheDayAfterTheyWereDue) {
  const auto due = [](const std::string& day) {
    return failures(
        GateStage::kBuild, "due",
        "never: {n: {from: users, to: data}}\nfindings: {F: {says: s, at: n, owner: o, decide: [add-detection], "
        "due: " +
            day + "}}\n");
  };
  EXPECT_EQ(due("2026-11-26"), "");
  EXPECT_EQ(due("2026-11-25"), "findings/F: it was due on 2026-11-25\n");
}

const std::string kCases =
    "abuse:\n"
    "  seen: {says: s, path: {any: [{id: a, flow: data, from: users, is: [unmodelled]}]}}\n"
    "  later: {says: s, path: {any: [{id: a, flow: data, from: users, is: [periodic]}]}}\n"
    "  wordy: {says: s}\n";

std::string accept(const std::string& what, const std::string& until) {
  return "never: {n: {from: users, to: data}}\nfindings: {F: {says: s, at: n, owner: o, decide: [accept-risk], " +
         what + ", accept: {by: a, asked_by: b, why: w, until: " + until + "}}}\n";
}

TEST(Gate, CaseThatNeedsWhatSensorsDoNotDoFailsUnlessAccepted) {
  const std::string failed = failures(GateStage::kBuild, "enforced", kCases);
  EXPECT_NE(failed.find("abuse/later: step 'a': "), std::string::npos) << failed;
  EXPECT_EQ(failed.find("abuse/seen"), std::string::npos) << failed;
  EXPECT_EQ(failed.find("abuse/wordy: step"), std::string::npos) << "no sensor misses anything for it: " << failed;
  EXPECT_NE(failed.find("(listed) abuse/wordy: not enforced yet: needs a path"), std::string::npos) << failed;
  EXPECT_NE(failed.find("(listed) abuse/later.a"), std::string::npos) << failed;
  const std::string accepted = failures(GateStage::kBuild, "enforced", kCases + accept("abuse: [later]", "2026-11-26"));
  EXPECT_EQ(accepted.find("(listed)"), 0u) << accepted;
}

TEST(Gate, LiveCasesAreEnforcedOrAccepted) {
  EXPECT_EQ(failures(GateStage::kLive, "cases", kCases),
            "abuse/later: metadata only, and nobody accepts it\nabuse/wordy: blind, and nobody accepts it\n");
  EXPECT_EQ(failures(GateStage::kLive, "cases", kCases + accept("abuse: [wordy]", "2026-11-26")),
            "abuse/later: metadata only, and nobody accepts it\n(listed) abuse/wordy: blind, accepted\n");
  EXPECT_EQ(failures(GateStage::kLive, "cases", kCases + accept("abuse: [wordy]", "2026-11-25")),
            "abuse/later: metadata only, and nobody accepts it\nabuse/wordy: blind, and nobody accepts it\n")
      << "the acceptance ended yesterday";
}

const std::string kKnown =
    "requirements: {R: {says: s}, Q: {says: s}}\n"
    "assumptions: {A: {says: s}, B: {says: s}}\n";

TEST(Gate, WithoutFactsAllIsUntested) {
  const Gate gate = ask(GateStage::kLive, kKnown).judge();
  EXPECT_EQ(failures(gate, "requirements"), "requirements/R: untested\nrequirements/Q: untested\n");
  EXPECT_EQ(failures(gate, "assumptions"), "");
  EXPECT_EQ(failures(gate, "tested"), "assumptions/A: untested\nassumptions/B: untested\n");
}

TEST(Gate, FactsVerifyConfirmAndRefute) {
  Asked asked = ask(GateStage::kLive, kKnown);
  asked.facts = {{"shop", "R", FactState::kVerified, kDay_s, ""},
                 {"shop", "Q", FactState::kRefuted, kDay_s, "10.1.0.1 -> 10.4.0.1:22"},
                 {"shop", "A", FactState::kConfirmed, 0, ""},
                 {"shop", "B", FactState::kRefuted, 0, ""}};
  const Gate gate = asked.judge();
  EXPECT_EQ(failures(gate, "requirements"), "requirements/Q: refuted on 2026-11-26 by 10.1.0.1 -> 10.4.0.1:22\n");
  EXPECT_EQ(failures(gate, "assumptions"), "assumptions/B: refuted\n");
  EXPECT_EQ(failures(gate, "tested"), "");
}

TEST(Gate, FactOfAnotherModelOrALaterDayIsNotKnown) {
  Asked asked = ask(GateStage::kLive, kKnown);
  asked.facts = {{"other", "R", FactState::kVerified, 0, ""}, {"shop", "Q", FactState::kVerified, kDay_s + 1, ""}};
  EXPECT_EQ(failures(asked.judge(), "requirements"), "requirements/R: untested\nrequirements/Q: untested\n");
}

TEST(Gate, RequirementOfAnAcceptedFindingNeedNotBeMetMeanwhile) {
  EXPECT_EQ(failures(GateStage::kLive, "requirements", kKnown + accept("requires: [Q]", "2026-11-26")),
            "requirements/R: untested\n(listed) requirements/Q: untested, accepted\n");
}

TEST(Gate, WhatModelsIncludeIsToldOnceAndIsNoOnes) {
  const SourceFile land{"land.yaml", "taps: {t: {}}\n"};
  Asked asked;
  asked.question.stage = GateStage::kBuild;
  for (const char* id : {"a", "b"}) {
    const std::string name = std::string(id) + ".yaml";
    ParseResult result =
        parse_model({{name, "include: land.yaml\nmodel: {id: " + std::string(id) + ", owner: o}\n"}, land});
    ASSERT_TRUE(result.model) << told(result.diagnostics);
    asked.models.push_back(std::move(*result.model));
  }
  EXPECT_EQ(failures(asked.judge(), "taps"), "taps/t: no sensor stands on it\n");
}

TEST(Gate, ElementsOfSeveralModelsAreToldWithTheirModel) {
  Asked asked = ask(GateStage::kLive, kKnown);
  asked.models.push_back(good(small_model(kKnown, "other")));
  EXPECT_EQ(failures(asked.judge(), "tested"),
            "shop/assumptions/A: untested\nshop/assumptions/B: untested\n"
            "other/assumptions/A: untested\nother/assumptions/B: untested\n");
}

}  // namespace
}  // namespace glacis::control
