#include "control/analysis/invariant_check.h"

#include <algorithm>

#include "control/threat_model/grammar.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

constexpr int64_t kDay_s = 1'795'651'200;  // 2026-11-26

InvariantFile organisation(const std::string& text) {
  InvariantsResult result = parse_invariants({"org.yaml", text});
  EXPECT_TRUE(result.file) << told(result.diagnostics);
  return result.file ? std::move(*result.file) : InvariantFile();
}

std::string denies(const std::string& query) {
  return "invariants:\n  i: {says: it must not be, owner: rob, severity: high, deny: {" + query + "}}\n";
}

// Zones internet 0 (any, tapped), users 40 (prod), data 90 (no tap), and what queries can ask about them.
const std::string kModel =
    "model: {id: shop, owner: ada}\n"
    "taps: {t: {}}\n"
    "zones:\n"
    "  internet: {trust: 0, addr: any, taps: [t]}\n"
    "  users: {trust: 40, addr: 10.1.0.0/16, env: prod}\n"
    "  data: {trust: 90, addr: 10.4.0.0/24, env: test}\n"
    "boundaries:\n"
    "  up: {from: users, to: data, needs: [weak, strong, planned]}\n"
    "  open: {from: data, to: users, default: allow}\n"
    "data: {cards: {class: pci, sensitivity: 5}, names: {class: pii, sensitivity: 2}}\n"
    "assets:\n"
    "  web: {kind: service, zone: users, addr: 10.1.0.1, exposed: true, owner: eli}\n"
    "  db: {kind: store, zone: data, addr: 10.4.0.1, holds: [cards, names], value: 5}\n"
    "  notes: {kind: store, zone: data, addr: 10.4.0.2, holds: [names]}\n"
    "  rest: {zone: data}\n"
    "identities:\n"
    "  svc: {kind: service-account, env: prod, lives_in: [web], may: [f-db], scopes: [a, b], seen_as: {sql: svc}}\n"
    "  admins: {kind: admin-group, can_become: [svc], owner: ida}\n"
    "flows:\n"
    "  f-in: {from: internet, to: web, app: https, port: 443, limit: {flows: 9/m}}\n"
    "  f-db: {from: web, to: db, app: postgresql, port: 5432, carries: [cards]}\n"
    "  f-notes: {from: users, to: notes, app: http, port: 80, as: admins, class: admin}\n"
    "  f-any: {from: any, to: data, port: 22-25}\n"
    "  f-inside: {from: users, to: web}\n"
    "abuse:\n"
    "  seen: {says: s, severity: high, stride: [spoofing], path: {any: [{id: a, flow: f-in, is: [denied]}]}}\n"
    "  bare: {says: s, risk: {likelihood: 4, impact: 5}}\n"
    "controls:\n"
    "  weak: {status: active, strength: 1, covers: [bare]}\n"
    "  strong: {status: active, strength: 3, covers: [bare]}\n"
    "  planned: {status: planned, strength: 5, covers: [bare, seen]}\n"
    "findings:\n"
    "  F: {says: s, at: f-db, abuse: [bare], decide: [reduce-access], owner: o, due: 2028-01-01}\n";

// "f-db users>data", ... of what the query denies.
std::string denied_by(const std::string& query, const std::string& model = kModel) {
  const InvariantFile file = organisation(denies(query));
  const Model parsed = good(model);
  std::string out;
  for (const Violation& v : violations(file, Places(parsed))) {
    out += (out.empty() ? "" : ", ") + v.id;
    for (const std::string& pair : v.pairs) {
      const size_t to = pair.find(" to ");
      out += " " + pair.substr(0, to) + ">" + pair.substr(to + 4);
    }
  }
  return out;
}

TEST(InvariantCheck, EveryFieldOfTheGrammarIsAnsweredAndNoOther) {
  for (const Subject subject : {Subject::kCrossing, Subject::kAsset, Subject::kIdentity, Subject::kCase}) {
    std::vector<std::string_view> answered = answered_fields(subject), known;
    for (const Key& key : grammar_of(query_element(subject)).keys) {
      if (key.name != "port") known.push_back(key.name);  // compared as ranges, not as a fact
    }
    std::ranges::sort(answered);
    std::ranges::sort(known);
    EXPECT_EQ(answered, known);
  }
}

TEST(InvariantCheck, CrossingIsDeniedByItsZones) {
  EXPECT_EQ(denied_by("crossing: {from.zone: internet}"), "f-in internet>users, f-any internet>data");
  EXPECT_EQ(denied_by("crossing: {to.zone: [users, internet]}"), "f-in internet>users, open data>users");
  EXPECT_EQ(denied_by("crossing: {from.trust: '<40'}"), "f-in internet>users, f-any internet>data");
  EXPECT_EQ(denied_by("crossing: {from.trust: '<=40', to.trust: '>40'}"),
            "f-db users>data, f-notes users>data, f-any internet>data users>data");
  EXPECT_EQ(denied_by("crossing: {from.trust: '>=90'}"), "open data>users");
  EXPECT_EQ(denied_by("crossing: {from.env: none, to.env: test}"), "f-any internet>data");
  EXPECT_EQ(denied_by("crossing: {from.env: prod, to.env: test, app: http}"), "f-notes users>data");
  EXPECT_EQ(denied_by("crossing: {from.any: true, to.any: false, tapped: true}"),
            "f-in internet>users, f-any internet>data");
  EXPECT_EQ(denied_by("crossing: {rises: false}"), "open data>users");
  EXPECT_EQ(denied_by("crossing: {tapped: false}"),
            "f-db users>data, f-notes users>data, f-any users>data, open data>users");
}

TEST(InvariantCheck, CrossingIsDeniedByWhatItReachesAndCarries) {
  EXPECT_EQ(denied_by("crossing: {to.sensitivity: 5}"), "f-db users>data, f-any internet>data users>data")
      << "a zone's worst";
  EXPECT_EQ(denied_by("crossing: {to.sensitivity: 2}"), "f-notes users>data");
  EXPECT_EQ(denied_by("crossing: {carries.sensitivity: '>0'}"), "f-db users>data");
  EXPECT_EQ(denied_by("crossing: {carries.class: [pci, health]}"), "f-db users>data");
  EXPECT_EQ(denied_by("crossing: {carries.class: none, rises: false}"), "open data>users");
}

TEST(InvariantCheck, ControlIsTheStrongestThatIsActiveAtTheBoundary) {
  EXPECT_EQ(denied_by("crossing: {control: 3}"), "f-db users>data, f-notes users>data, f-any users>data");
  EXPECT_EQ(denied_by("crossing: {control: '>3'}"), "") << "the strongest is planned";
  EXPECT_EQ(denied_by("crossing: {control: 0}"), "f-in internet>users, f-any internet>data, open data>users");
  EXPECT_EQ(denied_by("crossing: {boundary: true, control: 0}"), "open data>users");
}

TEST(InvariantCheck, CrossingIsDeniedByItsLine) {
  EXPECT_EQ(denied_by("crossing: {app: none}"), "f-any internet>data users>data, open data>users");
  EXPECT_EQ(denied_by("crossing: {class: admin}"), "f-notes users>data");
  EXPECT_EQ(denied_by("crossing: {class: none, to.any: false, from.any: true}"),
            "f-in internet>users, f-any internet>data");
  EXPECT_EQ(denied_by("crossing: {clear: true}"), "f-db users>data, f-notes users>data");
  EXPECT_EQ(denied_by("crossing: {encrypted: true}"), "f-in internet>users");
  EXPECT_EQ(denied_by("crossing: {limit: true}"), "f-in internet>users");
  EXPECT_EQ(denied_by("crossing: {identity: svc}"), "f-db users>data");
  EXPECT_EQ(denied_by("crossing: {identity: none, rises: false}"), "open data>users");
  EXPECT_EQ(denied_by("crossing: {identity.kind: [admin-group, device]}"), "f-notes users>data");
  EXPECT_EQ(denied_by("crossing: {port: [79-80, 23]}"),
            "f-notes users>data, f-any internet>data users>data, open data>users")
      << "what has no ports has every one";
}

TEST(InvariantCheck, WhatDriftAllowsIsACrossingOfEveryPairWithoutADefault) {
  EXPECT_EQ(denied_by("crossing: {from.zone: users}", kModel + "drift: {unmodelled: {crossing: allow}}\n"),
            "f-db users>data, f-notes users>data, f-any users>data, drift users>internet users>data");
  EXPECT_EQ(denied_by("crossing: {from.zone: users}", kModel + "drift: {unmodelled: {crossing: report}}\n"),
            "f-db users>data, f-notes users>data, f-any users>data");
}

TEST(InvariantCheck, AssetsIdentitiesAndCasesAreDeniedByTheirFields) {
  EXPECT_EQ(denied_by("asset: {kind: store, sensitivity: '<5'}"), "notes");
  EXPECT_EQ(denied_by("asset: {kind: none, bound: false}"), "rest");
  EXPECT_EQ(denied_by("asset: {zone: data, zone.trust: 90, zone.env: test, tapped: false}"), "db, notes, rest");
  EXPECT_EQ(denied_by("asset: {data.class: pci, value: 5}"), "db");
  EXPECT_EQ(denied_by("asset: {value: 0, exposed: true, owner: eli}"), "web");
  EXPECT_EQ(denied_by("asset: {owner: none}"), "db, notes, rest");
  EXPECT_EQ(denied_by("identity: {kind: service-account, envs: 2, lines: 1, scopes: '>1', seen: true}"), "svc");
  EXPECT_EQ(denied_by("identity: {lives_in: none, lives_in.trust: 0, becomes: 1, env: none, owner: ida}"), "admins");
  EXPECT_EQ(denied_by("identity: {lives_in: web, lives_in.trust: 40, env: prod, owner: none}"), "svc");
  EXPECT_EQ(denied_by("case: {risk: '>=20', path: false, decided: true, controls: 2, control: 3}"), "bare");
  EXPECT_EQ(
      denied_by(
          "case: {risk: 0, severity: high, stride: [denial, spoofing], sight: enforced, decided: false, controls: 0}"),
      "seen");
  EXPECT_EQ(denied_by("case: {sight: blind, stride: none, owner: none, control: '>0'}"), "bare");
}

std::string told_of(const std::string& text, const std::vector<Model>& models, int64_t day_s = kDay_s) {
  return told(check_invariants(organisation(text), models, day_s));
}

TEST(InvariantCheck, ViolationIsToldAtTheModelsLineWithSentenceOwnerSeverityAndPlace) {
  EXPECT_EQ(
      told_of(denies("crossing: {from.any: true}"), {good(kModel)}),
      "invariant@20:3 flows/f-in from internet to users: it must not be / 'i' of org.yaml:2, high: mend the model, or "
      "ask rob for an exemption there\n"
      "invariant@23:3 flows/f-any from internet to data: it must not be / 'i' of org.yaml:2, high: mend the model, or "
      "ask rob for an exemption there\n");
}

TEST(InvariantCheck, ManyPairsOfOneLineAreToldOnceAndModelsByName) {
  std::string zones = "zones:\n  top: {trust: 90, addr: 10.9.0.0/16}\n";
  for (int i = 0; i < 5; ++i)
    zones += "  z" + std::to_string(i) + ": {trust: 1, addr: 10." + std::to_string(i) + ".0.0/16}\n";
  const std::string text = zones + "flows: {f: {from: [z0, z1, z2, z3, z4], to: top}}\n";
  EXPECT_EQ(
      told_of(denies("crossing: {rises: true}"),
              {good("model: {id: a, owner: o}\n" + text), good("model: {id: b, owner: o}\n" + text)}),
      "invariant@9:9 a/flows/f from z0 to top, z1 to top, z2 to top (and 2 more): it must not be / 'i' of org.yaml:2, "
      "high: mend the model, or ask rob for an exemption there\n"
      "invariant@9:9 b/flows/f from z0 to top, z1 to top, z2 to top (and 2 more): it must not be / 'i' of org.yaml:2, "
      "high: mend the model, or ask rob for an exemption there\n");
}

std::string exempt(const std::string& at, const std::string& until = "2026-11-26", const std::string& model = "shop") {
  return "exemptions:\n  - {of: i, model: " + model + ", at: " + at + ", by: rob, why: w, until: " + until + "}\n";
}

TEST(InvariantCheck, ExemptionHoldsForItsElementOfItsModelUntilItsLastDay) {
  const std::string query = denies("asset: {sensitivity: 5}");
  const std::string violation =
      "invariant@13:3 assets/db: it must not be / 'i' of org.yaml:2, high: mend the model, or ask rob for an exemption "
      "there\n";
  const std::vector<Model> models = {good(kModel)};
  EXPECT_EQ(told_of(query + exempt("db"), models), "");
  EXPECT_EQ(
      told_of(query + exempt("db"), models, kDay_s + 86'400),
      violation +
          "expired-exemption@4:5 the exemption of 'shop' from 'i' ended on 2026-11-26 / remove it, or have rob renew "
          "it\n");
  EXPECT_EQ(told_of(query + exempt("db", "2026-11-26", "other"), models), violation)
      << "another model's: not judged here, and no help";
}

TEST(InvariantCheck, ExemptionOfWhatIsNotDeniedIsUnused) {
  EXPECT_EQ(
      told_of(denies("asset: {sensitivity: 5}") + exempt("[notes, db]"), {good(kModel)}),
      "unused-exemption@4:5 'i' denies nothing at 'notes' of 'shop' / remove it, or name the element that needs it\n");
}

TEST(InvariantCheck, ExemptionIsOfOneInvariantOnly) {
  const std::string two =
      "invariants:\n"
      "  i: {says: a, owner: rob, deny: {asset: {sensitivity: 5}}}\n"
      "  j: {says: b, owner: rob, deny: {asset: {sensitivity: 5}}}\n";
  EXPECT_EQ(
      told_of(two + exempt("db"), {good(kModel)}),
      "invariant@13:3 assets/db: b / 'j' of org.yaml:3, medium: mend the model, or ask rob for an exemption there\n");
}

}  // namespace
}  // namespace glacis::control
