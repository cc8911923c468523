#include "control/analysis/model_diff.h"

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

// What is told of two sets of sections of the small model, coverage alone or the rest:
// "what element, effect: says", and a line for each key.
enum class Told : uint8_t { kMeaning, kCoverage };
std::string differ(const std::string& before, const std::string& after, Told told = Told::kMeaning) {
  const Model a = good(small_model(before)), b = good(small_model(after));
  std::string out;
  for (const ModelChange& change : diff_models(Places(a), Places(b))) {
    if ((change.area == DiffArea::kCoverage) != (told == Told::kCoverage)) continue;
    out += std::string(kDiffAreas[static_cast<size_t>(change.area)]) + ": " + std::string(change.what) + " " +
           change.element;
    if (change.effect != DiffEffect::kNone) out += ", " + std::string(kDiffEffects[static_cast<size_t>(change.effect)]);
    if (!change.says.empty()) out += ": " + change.says;
    out += "\n";
    for (const ChangedKey& key : change.keys) out += "  " + key.key + " " + key.before + " -> " + key.after + "\n";
  }
  return out;
}

const std::string kAssets =
    "assets:\n  pc: {zone: users, addr: 10.1.0.7}\n  db: {zone: data, addr: 10.4.0.5}\n  old: {zone: data, addr: "
    "10.4.0.6}\n";

std::string flow(const std::string& keys) { return kAssets + "flows: {f: {" + keys + "}}\n"; }
std::string never(const std::string& keys) {
  return flow("from: pc, to: db") + "data: {cards: {}, notes: {}}\nnever: {n: {" + keys + "}}\n";
}

TEST(ModelDiff, ModelDoesNotDifferFromItself) {
  EXPECT_EQ(differ(flow("from: pc, to: db"), flow("from: pc, to: db")), "");
}

TEST(ModelDiff, OrderLayoutAndOtherWordsForTheSameAreNoDifference) {
  EXPECT_EQ(differ(flow("from: [pc, users], to: [db, old], port: [22, 23, 24]"),
                   flow("to: [old, db], port: 22-24, from: users")),
            "");
  EXPECT_EQ(differ(flow("from: pc, to: db, limit: {bytes: 60MB/m}"), flow("from: pc, to: db, limit: {bytes: 1MB/s}")),
            "");
  EXPECT_EQ(differ("never: {n: {from: users}}\n", "never: {n: {to: any, from: users, severity: medium}}\n"), "");
}

TEST(ModelDiff, CrossingIsOpenedByItsFirstLineAndClosedByItsLast) {
  const std::string two = kAssets + "flows: {f: {from: pc, to: db}, g: {from: users, to: old}}\n";
  EXPECT_EQ(differ(kAssets, flow("from: pc, to: db")),
            "Crossings: opened users to data, looser: by flows/f\n"
            "Rules: added flows/f, looser\n  from  -> pc\n  to  -> db\n");
  EXPECT_EQ(differ(two, flow("from: pc, to: db")), "Rules: removed flows/g, tighter\n  from users -> \n  to old -> \n");
  EXPECT_EQ(differ("", "boundaries: {b: {from: data, to: users, default: allow}}\n"),
            "Crossings: opened data to users, looser: by boundaries/b\n"
            "Rules: added boundaries/b, tighter\n  from  -> data\n  to  -> users\n  default  -> allow\n");
}

TEST(ModelDiff, FlowIsLoosenedByWhateverAllowsMore) {
  const std::string narrow =
      "from: pc, to: db, port: 22, hours: \"08:00-17:00\", until: 2030-01-01, limit: {bytes: 1MB/h}";
  const auto widened = [&](const std::string& keys, const std::string& told) {
    EXPECT_EQ(differ(flow(narrow), flow(keys)), "Rules: loosened flows/f, looser\n  " + told + "\n");
    EXPECT_EQ(differ(flow(keys), flow(narrow)).substr(0, 33), "Rules: tightened flows/f, tighter");
  };
  widened("from: users, to: db, port: 22, hours: \"08:00-17:00\", until: 2030-01-01, limit: {bytes: 1MB/h}",
          "from pc -> users");
  widened("from: pc, to: [db, old], port: 22, hours: \"08:00-17:00\", until: 2030-01-01, limit: {bytes: 1MB/h}",
          "to db -> db, old");
  widened("from: pc, to: db, port: 20-22, hours: \"08:00-17:00\", until: 2030-01-01, limit: {bytes: 1MB/h}",
          "port 22 -> 20-22");
  widened("from: pc, to: db, hours: \"08:00-17:00\", until: 2030-01-01, limit: {bytes: 1MB/h}", "port 22 -> any");
  widened("from: pc, to: db, port: 22, hours: \"22:00-17:00\", until: 2030-01-01, limit: {bytes: 1MB/h}",
          "hours 08:00-17:00 UTC -> 22:00-17:00 UTC");
  widened("from: pc, to: db, port: 22, hours: \"08:00-17:00\", limit: {bytes: 1MB/h}", "until 2030-01-01 -> none");
  widened("from: pc, to: db, port: 22, hours: \"08:00-17:00\", until: 2030-01-01, limit: {bytes: 1MB/m}",
          "limit.bytes 1MB/h -> 1MB/m");
  widened("from: pc, to: db, port: 22, hours: \"08:00-17:00\", until: 2030-01-01", "limit.bytes 1MB/h -> none");
}

TEST(ModelDiff, WhatAllowsMoreAndLessIsBoth) {
  EXPECT_EQ(differ(flow("from: pc, to: db, port: 22"), flow("from: pc, to: db, port: 23")),
            "Rules: changed flows/f, looser and tighter\n  port 22 -> 23\n");
  EXPECT_EQ(differ(flow("from: pc, to: db, port: 22"), flow("from: users, to: db, port: 22, app: ssh")),
            "Rules: changed flows/f, looser and tighter\n  from pc -> users\n  app any -> ssh\n");
}

TEST(ModelDiff, EndIsReadAsItsOwnModelHasIt) {
  std::string moved = flow("from: pc, to: db");
  moved.replace(moved.find("db: {zone: data, addr: 10.4.0.5"), 31, "db: {zone: users, addr: 10.1.0.9");
  // Of the same name, though the asset moved: the asset's change tells it.
  EXPECT_EQ(differ(flow("from: pc, to: db"), moved),
            "Crossings: closed users to data, tighter: was open by flows/f\n"
            "Places: changed assets/db\n  zone data -> users\n  addr 10.4.0.5 -> 10.1.0.9\n");
  moved.replace(moved.find("to: db"), 6, "to: [db]");
  const std::string zone = flow("from: pc, to: data");
  EXPECT_NE(differ(zone, moved).find("Rules: changed flows/f, looser and tighter\n  to data -> db\n"),
            std::string::npos)
      << differ(zone, moved);
}

TEST(ModelDiff, NeverIsTightenedByWhateverItForbidsMore) {
  EXPECT_EQ(differ(never("from: pc, to: db"), never("from: users, to: db")),
            "Rules: tightened never/n, tighter\n  from pc -> users\n");
  EXPECT_EQ(differ(never("from: pc, to: db"), never("from: pc, to: db, except: f")),
            "Rules: loosened never/n, looser\n  except none -> f\n");
  EXPECT_EQ(differ(never("from: pc, to: db"), never("from: pc, to: db, severity: high")),
            "Rules: tightened never/n, tighter\n  severity medium -> high\n");
  // It fires on the data alone from now on.
  EXPECT_EQ(differ(never("from: pc"), never("from: pc, carries: cards")),
            "Rules: loosened never/n, looser\n  carries any -> cards\n");
}

TEST(ModelDiff, CoverageIsLostWithTheTapWithTheRuleAndWithTheLine) {
  const std::string seen = never("from: users, to: data");
  EXPECT_EQ(differ(seen, flow("from: pc, to: db"), Told::kCoverage),
            "Coverage: lost never/n: enforced -> blind: it is gone\n");
  EXPECT_EQ(differ(seen, never("from: users, to: data, app: ssh"), Told::kCoverage),
            "Coverage: lost never/n: enforced -> metadata only: not enforced yet: needs apps\n");
  std::string blind = small_model(seen);
  for (size_t at = blind.find(", taps: [t-core]"); at != std::string::npos; at = blind.find(", taps: [t-core]"))
    blind.erase(at, 16);
  const Model a = good(small_model(seen)), b = good(blind);
  std::string lost;
  for (const ModelChange& change : diff_models(Places(a), Places(b))) {
    if (change.area == DiffArea::kCoverage)
      lost += std::string(change.what) + " " + change.element + ": " + change.says + "\n";
  }
  EXPECT_EQ(lost,
            "lost flows/f: enforced -> blind: no tap sees users to data\n"
            "lost never/n: enforced -> blind: no tap sees users to data\n");
  EXPECT_EQ(differ(seen, seen, Told::kCoverage), "");
}

TEST(ModelDiff, IdentitiesAreWidenedAndNarrowed) {
  const auto identity = [](const std::string& keys) {
    return flow("from: pc, to: db") + "identities: {i: {" + keys + "}, admin: {}}\n";
  };
  EXPECT_EQ(differ(identity("may: [f]"), identity("may: [f], can_become: [admin]")),
            "Identities: widened identities/i, looser\n  can_become none -> admin\n");
  EXPECT_EQ(differ(identity("lives_in: [users]"), identity("lives_in: [pc]")),
            "Identities: narrowed identities/i, tighter\n  lives_in users -> pc\n");
  EXPECT_EQ(differ(identity("env: prod"), identity("")),
            "Identities: widened identities/i, looser\n  env prod -> any\n");
}

TEST(ModelDiff, AcceptanceIsAcceptedExtendedAndEnded) {
  const auto finding = [](const std::string& keys) {
    return flow("from: pc, to: db") +
           "findings: {F: {says: bad, at: f, decide: [accept-risk], owner: ada, due: 2030-01-01" + keys + "}}\n";
  };
  const std::string until = ", accept: {by: rob, asked_by: cleo, why: it ends, until: 2029-01-01}";
  const std::string longer = ", accept: {by: rob, asked_by: cleo, why: it ends, until: 2029-06-01}";
  EXPECT_EQ(
      differ(finding(""), finding(until)),
      "Acceptances: accepted findings/F, looser\n  until  -> 2029-01-01\n  by  -> rob\n  asked_by  -> cleo\n  why  "
      "-> it ends\n");
  EXPECT_EQ(differ(finding(until), finding(longer)),
            "Acceptances: extended findings/F, looser\n  until 2029-01-01 -> 2029-06-01\n");
  EXPECT_EQ(differ(finding(longer), finding("")).substr(0, 40), "Acceptances: ended findings/F, tighter\n ");
}

TEST(ModelDiff, PathTellsStepsWindowsOrderAndAlertPoints) {
  const auto path = [](const std::string& within, const std::string& steps) {
    return kAssets + "abuse:\n  c:\n    says: a case\n    path:\n" + within + "      then:\n" + steps;
  };
  const std::string one = "        - {id: a, flow: data, from: users $h, is: [unmodelled]}\n";
  const std::string two = "        - {id: b, flow: db, from: $h}\n",
                    three = "        - {id: x, flow: users, from: $h}\n";
  EXPECT_EQ(differ(path("      within: 2h\n", one + two), path("      within: 3h\n", one + two)),
            "Cases: changed abuse/c\n  within 2h -> 3h\n");
  EXPECT_EQ(differ(path("", one + two + three), path("", one + three + two)),
            "Cases: changed abuse/c\n  steps then a, b, x -> then a, x, b\n");
  EXPECT_EQ(differ(path("      alert_at: [a]\n", one + two), path("", one + two)),
            "Cases: changed abuse/c\n  alert_at a, all -> all\n");
  std::string other = one;
  other.replace(other.find("flow: data"), 10, "flow: db");
  EXPECT_EQ(differ(path("", one + two), path("", other + two)), "Cases: changed abuse/c\n  a.flow data -> db\n");
}

TEST(ModelDiff, WordsForPeopleAreToldApart) {
  EXPECT_EQ(differ(flow("from: pc, to: db, says: one"), flow("from: users, to: db, says: two")),
            "Rules: loosened flows/f, looser\n  from pc -> users\nText only: reworded flows/f\n  says one -> two\n");
}

}  // namespace
}  // namespace glacis::control
