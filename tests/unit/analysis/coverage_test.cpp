#include "control/analysis/coverage.h"

#include <algorithm>
#include <bit>
#include <random>

#include "control/analysis/step_coverage.h"
#include "control/analysis/techniques.h"
#include "control/threat_model/value.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

const std::string kLines =
    "assets: {db: {zone: data, addr: 10.4.0.5}, web: {zone: data, addr: 10.4.0.6}}\n"
    "flows: {f: {from: users, to: db, port: 22}, s: {from: users, to: web, app: https, port: 443}}\n"
    "sources: {log/a: {state: fed}, log/b: {state: planned}}\n"
    "identities: {key: {seen_as: {ssh: key}}, svc: {seen_as: {sql: svc}}}\n";

std::string reasons_text(const std::vector<Reason>& reasons) {
  std::string out;
  for (const Reason& reason : reasons) out += " " + std::string(reason.code);
  return out;
}

// "enforced @s | s enforced t-core; t blind no-tap": the case, where it alerts first, and each step with what judges it
// and why.
std::string text_of(const CaseCoverage& one) {
  std::string out(sight_name(one.sight));
  if (one.first_alert) out += " @" + one.first_alert->id;
  out += reasons_text(one.reasons);
  for (const StepCoverage& step : one.steps) {
    out +=
        (&step == &one.steps.front() ? " | " : "; ") + step.step.step->id + " " + std::string(sight_name(step.sight));
    if (!step.sighting.taps.empty()) out += " " + joined(step.sighting.taps, "+");
    out += reasons_text(step.reasons);
  }
  return out;
}

std::string covered(const std::string& path, const std::string& lines = kLines) {
  const Model model = good(small_model(lines + "abuse: {c: {says: x, path: " + path + "}}\n"));
  return text_of(cover(Places(model)).cases.at(0));
}

TEST(Coverage, StepWithARuleOnATapThatSeesItIsEnforced) {
  EXPECT_EQ(covered("{any: [{id: s, flow: db, from: users, is: [unmodelled]}]}"), "enforced @s | s enforced t-core");
}

TEST(Coverage, StepThatNoTapSeesIsBlind) {
  EXPECT_EQ(covered("{any: [{id: s, flow: db, from: data, is: [unmodelled]}]}"), "blind | s blind no-tap");
}

TEST(Coverage, StepThatNoRuleAsksForIsMetadata) {
  EXPECT_EQ(covered("{any: [{id: s, count: flows, of: {flow: f, from: $h}, over: 9, within: 1h}]}"),
            "metadata only | s metadata only t-core not-enforced");
}

TEST(Coverage, WhatIsInsideTlsIsBlindOnATlsLineAndOnPlacesWithNoOther) {
  EXPECT_EQ(covered("{any: [{id: s, content: abc, of: {flow: s}}]}"), "blind | s blind t-core encrypted");
  EXPECT_EQ(covered("{any: [{id: s, http: web, from: users}]}"), "blind | s blind t-core encrypted");
  EXPECT_EQ(covered("{any: [{id: s, count: requests, of: {flow: s}, over: 9, within: 1h}]}"),
            "blind | s blind t-core encrypted");
  EXPECT_EQ(covered("{any: [{id: s, content: abc, of: {flow: f}}]}"), "enforced @s | s enforced t-core");
  EXPECT_EQ(covered("{any: [{id: s, content: abc, from: users, to: web, is: [unmodelled]}]}"),
            "enforced @s | s enforced t-core");
  EXPECT_EQ(covered("{any: [{id: s, flow: s, is: [denied]}]}"), "enforced @s | s enforced t-core one-sided");
}

TEST(Coverage, PlaceWithALineInClearIsNotBlind) {
  std::string lines = kLines;
  lines.replace(lines.find("s: {from: users"), 0, "p: {from: users, to: web, app: http, port: 80}, ");
  EXPECT_EQ(covered("{any: [{id: s, http: web, from: users}]}", lines),
            "metadata only | s metadata only t-core not-enforced");
  EXPECT_EQ(covered("{any: [{id: s, http: web, from: users, port: 443}]}", lines), "blind | s blind t-core encrypted");
}

TEST(StepText, IsWhatItSaysElseItsWordsWithoutItsIdCutBetweenCharacters) {
  StepElement step;
  step.id = "s";
  step.source = "{id: s, flow: f}";
  EXPECT_EQ(text_of(step), "flow: f");
  step.source = "{flow: f, id: s}";
  EXPECT_EQ(text_of(step), step.source);
  step.says = "xx";
  for (int i = 0; i < 80; ++i) step.says += "\xc3\xa4";
  EXPECT_EQ(text_of(step), step.says.substr(0, 156) + "...");
  step.says.resize(160);
  EXPECT_EQ(text_of(step), step.says);
}

TEST(Coverage, EncryptedIsWhatALineSaysElseItsAppsElseItsPorts) {
  FlowElement flow;
  EXPECT_FALSE(encrypted(flow));
  flow.ports = {{443, 443}};
  EXPECT_TRUE(encrypted(flow));
  flow.ports = {{443, 444}};
  EXPECT_FALSE(encrypted(flow));
  flow.apps = {"https", "ssh"};
  EXPECT_TRUE(encrypted(flow));
  flow.apps = {"https", "http"};
  EXPECT_FALSE(encrypted(flow));
  flow.clear = false;
  EXPECT_TRUE(encrypted(flow));
}

TEST(Coverage, IdentityThatNoProtocolShowsIsBlind) {
  EXPECT_EQ(covered("{any: [{id: s, auth: db, from: users, as: key}]}"), "blind | s blind t-core identity");
  EXPECT_EQ(covered("{any: [{id: s, auth: db, from: users, as: svc}]}"),
            "metadata only | s metadata only t-core not-enforced");
}

TEST(Coverage, OtherLogIsElsewhereWhenItIsFed) {
  EXPECT_EQ(covered("{any: [{id: s, mail: click, see: [log/a]}]}"), "elsewhere | s elsewhere source");
  EXPECT_EQ(covered("{any: [{id: s, mail: click, see: [log/b]}]}"), "blind | s blind planned-source");
  EXPECT_EQ(covered("{any: [{id: s, login: db, from: data, see: [tap, log/a]}]}"),
            "elsewhere | s elsewhere no-tap not-enforced source");
  EXPECT_EQ(covered("{any: [{id: s, login: db, from: users, see: [tap, log/a]}]}"),
            "metadata only | s metadata only t-core not-enforced source");
}

TEST(Coverage, OfAnyTheBestBranchCountsAndOfThenTheWeakestRequiredStep) {
  const std::string seen = "flow: db, from: users $h, is: [unmodelled]}",
                    blind = "flow: db, from: data $h, is: [unmodelled]}";
  EXPECT_EQ(covered("{any: [{id: s, " + blind + ", {id: t, " + seen + "]}"),
            "enforced @t | s blind no-tap; t enforced t-core");
  EXPECT_EQ(covered("{within: 1h, then: [{id: s, " + seen + ", {id: t, " + blind + "]}"),
            "blind | s enforced t-core; t blind no-tap");
  EXPECT_EQ(covered("{within: 1h, then: [{id: s, " + seen + ", {id: t, optional: true, " + blind + "]}"),
            "enforced @t | s enforced t-core; t blind no-tap");
}

TEST(Coverage, EarliestAlertIsThePointUpToWhichAllIsSeen) {
  const std::string first = "{id: s, flow: db, from: users $h, is: [unmodelled]}",
                    last = ", {id: t, flow: web, from: $h}]}";
  EXPECT_EQ(covered("{within: 1h, then: [" + first + last), "enforced @t | s enforced t-core; t enforced t-core");
  EXPECT_EQ(covered("{within: 1h, alert_at: [s, all], then: [" + first + last),
            "enforced @s | s enforced t-core; t enforced t-core");
  EXPECT_EQ(covered("{within: 1h, alert_at: [s, all], then: [" + first + ", {id: t, flow: web, from: data}]}"),
            "blind @s | s enforced t-core; t blind no-tap");
}

TEST(Coverage, PathThatNoSensorRunsEnforcesNoneOfItsSteps) {
  EXPECT_EQ(
      covered("{within: 1h, alert_at: [s, all], then: [{id: s, flow: db, from: users $h, is: [unmodelled]}, {id: t, "
              "dns: x, from: $h}]}"),
      "metadata only | s metadata only t-core path; t metadata only t-core no-tap not-enforced");
  EXPECT_EQ(covered("{all: [{id: s, flow: db, from: users, is: [unmodelled]}]}"),
            "metadata only | s metadata only t-core path");
}

const std::string kTwoTaps =
    "assets: {db: {zone: data, addr: 10.4.0.5}}\n"
    "flows: {f: {from: users, to: db, port: 22}}\n";

TEST(Coverage, CaseWhoseStepsNoOneTapSeesIsNotJoined) {
  EXPECT_EQ(
      covered(
          "{within: 1h, then: [{id: s, flow: any, to: users $h, from: internet, is: [unmodelled]}, {id: t, flow: db, "
          "from: $h, is: [unmodelled]}]}",
          kTwoTaps),
      "metadata only joining | s enforced t-edge; t enforced t-core");
}

TEST(Coverage, WhatSensorsOfATapShareIsNotSeenTogether) {
  std::string text = small_model(
      "abuse: {c: {says: x, path: {within: 1h, alert_at: [s, all], then: [{id: s, flow: data, from: users $h, is: "
      "[unmodelled]}, {id: t, flow: users, from: data, is: [unmodelled]}]}}}\n");
  const auto with = [&](const std::string& tap) {
    std::string changed = text;
    changed.replace(changed.find("t-core: {}"), 10, tap);
    const Model model = good(changed);
    return text_of(cover(Places(model)).cases.at(0));
  };
  EXPECT_EQ(with("t-core: {sensors: [a]}"), "enforced @s | s enforced t-core; t enforced t-core");
  EXPECT_EQ(with("t-core: {sensors: [a, b]}"), "metadata only @s joining | s enforced t-core; t enforced t-core");
}

TEST(Coverage, CaseWithoutPathIsBlind) {
  const Model model = good(small_model("abuse: {c: {says: x}}\n"));
  EXPECT_EQ(text_of(cover(Places(model)).cases.at(0)), "blind no-path");
}

std::string lines_text(const Coverage& coverage) {
  std::string out;
  for (const LineCoverage& line : coverage.lines)
    out += line.element + " " + std::string(sight_name(line.sight)) + " " + std::to_string(line.sighting.unseen) +
           reasons_text(line.reasons) + "\n";
  return out;
}

TEST(Coverage, LinesAreListedWithWhatNoTapSees) {
  const Model model = good(
      small_model("flows: {f: {from: users, to: data}, g: {from: data, to: [data, users]}, h: {from: data, to: data}}\n"
                  "never: {n: {from: users, app: ssh}, m: {from: data, to: data}, o: {port: 9}}\n"));
  EXPECT_EQ(lines_text(cover(Places(model))),
            "flows/f enforced 0\nflows/g enforced 1 no-tap\nflows/h blind 1 no-tap\n"
            "never/n metadata only 1 no-tap not-enforced\nnever/m blind 1 no-tap\nnever/o enforced 2 no-tap\n");
}

std::string advice_text(const Coverage& coverage) {
  std::string out;
  for (const TapAdvice& advice : coverage.advice) {
    out += advice.zone->id + (advice.inside ? " inside:" : ":");
    for (const TapAdvice::Gain& gain : advice.gains)
      out += " " + gain.element + "=" + std::string(sight_name(gain.sight));
    out += "\n";
  }
  return out;
}

std::string five_zones(const std::string& more) {
  std::string out = "model: {id: m, owner: ada}\ntaps: {t: {}}\nzones:\n";
  for (const char* zone : {"a", "b", "c", "d"})
    out += "  " + std::string(zone) + ": {trust: 1, addr: 10." + std::to_string(zone[0]) + ".0.0/16}\n";
  return out + "  e: {trust: 1, addr: 10.9.0.0/16, taps: [t]}\n" + more;
}

TEST(Advice, OneTapWhereSeveralThingsMeet) {
  const Model model =
      good(five_zones("flows: {f: {from: a, to: b}, g: {from: c, to: b}, h: {from: b, to: d}, i: {from: a, to: e}}\n"));
  EXPECT_EQ(advice_text(cover(Places(model))), "b: flows/f=enforced flows/g=enforced flows/h=enforced\n");
}

TEST(Advice, WhatATapCouldNotSeeEitherAsksForNone) {
  const std::string abuse =
      "abuse: {k: {says: x, path: {any: [{id: s, auth: b, from: a, as: i}, {id: t, sql: b, from: e}]}}}\n";
  EXPECT_EQ(advice_text(cover(Places(good(five_zones("identities: {i: {seen_as: {ssh: i}}}\n" + abuse))))), "");
}

TEST(Advice, WhatAnotherLogTellsAlreadyMayStillBecomeMore) {
  const Model model =
      good(five_zones("sources: {log: {state: fed}}\nabuse: {k: {says: x, path: {any: [{id: s, sql: b, from: a, see: "
                      "[tap, log]}]}}}\n"));
  EXPECT_EQ(advice_text(cover(Places(model))), "a: abuse/k.s=metadata only\n");
}

TEST(Advice, InsideIsAskedForWhereNothingElseShowsIt) {
  const Model model = good(five_zones("flows: {f: {from: e, to: e}}\n"));
  EXPECT_EQ(advice_text(cover(Places(model))), "e inside: flows/f=enforced\n");
}

// Brute force: the fewest zones such that each unseen line starts or ends in one of them.
size_t fewest_zones(const std::vector<std::pair<size_t, size_t>>& lines, size_t zones) {
  size_t best = zones;
  for (uint32_t choice = 0; choice < 1u << zones; ++choice) {
    const bool all = std::ranges::all_of(
        lines, [&](const auto& line) { return (choice >> line.first & 1) != 0 || (choice >> line.second & 1) != 0; });
    if (all) best = std::min(best, static_cast<size_t>(std::popcount(choice)));
  }
  return best;
}

TEST(Advice, IsTheFewestZonesOnRandomModels) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    const size_t zones = 3 + random() % 9;
    std::string text = "model: {id: m, owner: ada}\nzones:\n", flows = "flows:\n";
    for (size_t z = 0; z < zones; ++z)
      text += "  z" + std::to_string(z) + ": {trust: 1, addr: 10." + std::to_string(z) + ".0.0/16}\n";
    std::vector<std::pair<size_t, size_t>> lines;
    for (size_t i = 0; i < 1 + random() % 14; ++i) {
      const auto& [from, to] = lines.emplace_back(random() % zones, random() % zones);
      flows += "  f" + std::to_string(i) + ": {from: z" + std::to_string(from) + ", to: z" + std::to_string(to) + "}\n";
    }
    const Model model = good(text + flows);
    EXPECT_EQ(cover(Places(model)).advice.size(), fewest_zones(lines, zones)) << "round " << round << "\n"
                                                                              << text << flows;
  }
}

std::string identities_text(const std::string& more) {
  const Model model = good(small_model(more));
  std::string out;
  for (const IdentityCoverage& one : cover(Places(model)).identities) {
    out += one.identity->id + ":";
    for (const IdentityProtocol& protocol : one.protocols)
      out += " " + protocol.name + (protocol.strength == Strength::kTicket ? "/ticket" : "/flow") + "(" +
             joined(protocol.taps, "+") + ")";
    out += " [" + joined(one.lines) + "]\n";
  }
  return out;
}

TEST(Identities, StrengthIsThatOfTheProtocolOnTheTapsThatSeeIt) {
  EXPECT_EQ(identities_text("assets: {kdc: {kind: identity-provider, zone: data, addr: 10.4.0.1}}\n"
                            "flows: {f: {from: users, to: data, app: postgresql, as: a}, g: {from: internet, to: "
                            "users, app: https, as: b}}\n"
                            "identities: {a: {seen_as: {sql: a, kerberos: a}}, b: {may: g, seen_as: {http: b}}, c: "
                            "{seen_as: {ssh: c}}}\n"),
            "a: sql/flow(t-core) kerberos/ticket(t-core+t-edge) [f]\nb: http/flow() [g]\nc: []\n");
}

// What coverage calls enforced a policy must enforce.
TEST(Coverage, EnforcedCasesAreThoseThatAPolicyRuns) {
  const std::string seen = "flow: db, from: users $h, is: [unmodelled]}", dns = "dns: x, from: $h}";
  const std::string branches[] = {
      "{within: 1h, then: [{id: s, " + seen + ", {id: t, " + dns + "]}",
      "{within: 1h, then: [{id: s, " + seen + ", {id: t, optional: true, " + dns + "]}",
      "{any: [{id: s, " + dns + ", {id: t, " + seen + "]}",
      "{any: [{within: 1h, then: [{id: s, " + seen + ", {id: t, " + dns + "]}]}",
      "{all: [{id: s, " + seen + ", {id: t, " + seen + "]}",
      "{within: 1h, then: [{id: s, " + seen + ", {unless: {flow: f}, any: [{id: t, " + seen + "]}]}"};
  for (const std::string& path : branches) {
    const Model model = good(small_model(kLines + "abuse: {c: {says: x, path: " + path + "}}\n"));
    const bool runs = policy_of({model}).paths(0).enforced();
    EXPECT_EQ(cover(Places(model)).cases.at(0).sight == Sight::kEnforced, runs) << path;
  }
}

std::string techniques_text(const std::string& more, Techniques which) {
  const Model model = good(small_model(kLines + more));
  const Coverage coverage = cover(Places(model));
  std::string out;
  for (const TechniqueUse& use : techniques_of(std::span(&coverage, 1), which)) {
    out += use.id + " " + std::to_string(use.severity);
    for (const TechniqueUse::From& from : use.from) out += " " + from.element;
    out += "\n";
  }
  return out;
}

TEST(Techniques, OnlyWhatIsEnforcedCountsAsCovered) {
  const std::string model =
      "never: {n: {from: users, to: web, attack: [T1003]}, m: {from: users, app: ssh, attack: [T1004]}}\n"
      "abuse:\n  c: {says: x, severity: high, attack: [T1001, T1002], path: {any: [{id: s, flow: db, from: users, is: "
      "[unmodelled], attack: T1002}, "
      "{id: t, dns: x, attack: T1005}, {attack: [T1006], any: [{id: u, flow: db, from: users, is: [unmodelled]}]}]}}\n"
      "  d: {says: y, attack: [T1001, T1007], path: {any: [{id: v, dns: x}]}}\n";
  EXPECT_EQ(techniques_text(model, Techniques::kThreat),
            "T1001 4 shop/abuse/c shop/abuse/d\nT1002 4 shop/abuse/c.s\nT1003 3 shop/never/n\nT1004 3 shop/never/m\n"
            "T1005 4 shop/abuse/c.t\nT1006 4 shop/abuse/c.u\nT1007 3 shop/abuse/d\n");
  EXPECT_EQ(techniques_text(model, Techniques::kCovered),
            "T1001 4 shop/abuse/c\nT1002 4 shop/abuse/c.s\nT1003 3 shop/never/n\nT1006 4 shop/abuse/c.u\n");
}

}  // namespace
}  // namespace glacis::control
