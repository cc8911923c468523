#include "control/analysis/risk.h"

#include <algorithm>
#include <random>
#include <set>

#include "control/threat_model/value.h"
#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

// Outside are the internet, and the partner by its trust. Ways: internet > web > app > db, and web > partner.
const std::string kShop =
    "model: {id: m, owner: ada}\n"
    "taps: {t: {}}\n"
    "zones:\n"
    "  internet: {trust: 50, addr: any}\n"
    "  partner: {trust: 29, addr: 10.9.0.0/16}\n"
    "  dmz: {trust: 30, addr: 10.2.0.0/16, taps: [t]}\n"
    "  core: {trust: 80, addr: 10.3.0.0/16, taps: [t]}\n"
    "  lone: {trust: 90, addr: 10.4.0.0/16, taps: [t]}\n"
    "data: {cards: {sensitivity: 5}, news: {sensitivity: 1}, mails: {sensitivity: 2}}\n"
    "assets:\n"
    "  web: {zone: dmz, addr: 10.2.0.1, holds: news, value: 2}\n"
    "  far: {zone: partner, addr: 10.9.0.1, value: 1}\n"
    "  app: {zone: core, addr: 10.3.0.1, value: 3}\n"
    "  db: {zone: core, addr: 10.3.0.2, holds: [cards, news], value: 4}\n"
    "  vault: {zone: lone, addr: 10.4.0.1, value: 5}\n"
    "flows:\n"
    "  in: {from: internet, to: web, port: 443}\n"
    "  call: {from: web, to: app, port: 80}\n"
    "  query: {from: app, to: db, port: 5432, carries: cards}\n"
    "  send: {from: web, to: far, port: 443, carries: mails}\n"
    "  back: {from: far, to: vault, port: 22}\n"
    "identities: {svc: {lives_in: app, may: query}}\n";

std::vector<CaseRisk> risks(const Model& model) {
  const Places places(model);
  return assess(places, cover(places));
}

std::string names(const std::vector<const AssetElement*>& assets) {
  std::vector<std::string> out;
  for (const AssetElement* asset : assets) out.push_back(asset->id);
  return joined(out, " ");
}

// "hops FROM > TO | at stake: value sensitivity | further: value sensitivity", "-" where nothing is known or reached.
std::string text_of(const CaseRisk& risk) {
  std::string out = !risk.exposure.known ? "?" : "-";
  if (risk.exposure.hops)
    out = std::to_string(*risk.exposure.hops) + " " + risk.exposure.from + " > " + risk.exposure.to;
  const auto worth = [](const auto& part) {
    return std::to_string(part.value) + " " + std::to_string(part.sensitivity);
  };
  return out + " | " + (risk.stake.known ? names(risk.stake.assets) + ": " + worth(risk.stake) : "?") + " | " +
         names(risk.fan_out.assets) + ": " + worth(risk.fan_out);
}

std::string computed(const std::string& path) {
  const Model model = good(kShop + "abuse: {c: {says: x, path: " + path + "}}\n");
  return text_of(risks(model).at(0));
}

TEST(Risk, CaseThatBeginsInAZoneOfLittleTrustOrAnyBeginsOutside) {
  EXPECT_EQ(computed("{any: [{id: s, flow: web, from: internet, is: [denied]}]}"),
            "0 internet > internet | web: 2 1 | far app db: 4 5");
  EXPECT_EQ(computed("{any: [{id: s, flow: web, from: partner, is: [denied]}]}"),
            "0 partner > partner | web: 2 1 | far app db: 4 5");
}

TEST(Risk, HopsAreTheFewestLinesFromOutside) {
  EXPECT_EQ(computed("{any: [{id: s, flow: app, from: dmz, is: [denied]}]}"), "1 internet > web | app: 3 0 | db: 4 5")
      << "the rest of dmz is not reached";
  EXPECT_EQ(computed("{any: [{id: s, flow: db, from: app, is: [unmodelled]}]}"), "2 internet > app | db: 4 5 | : 0 0");
  EXPECT_EQ(computed("{any: [{id: s, flow: app, from: lone, is: [denied]}]}"), "1 far > vault | app: 3 0 | db: 4 5");
}

TEST(Risk, CaseThatNoWayLeadsToHasNoHops) {
  const std::string path = "{any: [{id: s, flow: app, from: db, is: [denied]}]}";
  const Model model = good(
      "model: {id: m, owner: a}\nzones: {z: {trust: 30, addr: 10.0.0.0/8}, y: {trust: 9, addr: "
      "11.0.0.0/8}}\nassets: {db: {zone: z, addr: 10.0.0.1}, app: {zone: z, addr: 10.0.0.2}}\n"
      "flows: {f: {from: db, to: y}}\nabuse: {c: {says: x, path: " +
      path + "}}\n");
  EXPECT_EQ(text_of(risks(model).at(0)), "- | app: 0 0 | : 0 0");
}

TEST(Risk, StepThatLeadsOutsideLeavesTheAttackerWhereItStarts) {
  EXPECT_EQ(computed("{any: [{id: s, flow: internet, from: app, is: [unmodelled]}]}"),
            "2 internet > app | app: 3 0 | db: 4 5");
  EXPECT_EQ(computed("{any: [{id: s, flow: far, from: app, is: [unmodelled]}]}"),
            "2 internet > app | far app: 3 0 | db: 4 5")
      << "an asset outside that is named is at stake too";
}

TEST(Risk, WaysThatComeOutsideEndThere) {
  EXPECT_EQ(computed("{any: [{id: s, flow: web, from: lone, is: [denied]}]}"),
            "1 far > vault | web: 2 1 | far app db: 4 5")
      << "far > vault is open to who stands at far without the case";
}

TEST(Risk, EveryStepIsAtStakeAndTheLastOnesLeadFurther) {
  EXPECT_EQ(
      computed("{within: 1h, then: [{id: s, flow: web, from: internet $h, is: [denied]}, {id: t, flow: app, from: "
               "web, is: [denied]}]}"),
      "0 internet > internet | web app: 3 1 | db: 4 5");
  EXPECT_EQ(computed("{within: 1h, then: [{id: s, flow: web, from: internet $h, is: [denied]}, {id: t, any: [{id: u, "
                     "flow: app, from: web, is: [denied]}, {id: v, flow: lone, from: web, is: [denied]}]}]}"),
            "0 internet > internet | web app vault: 5 1 | db: 4 5");
}

TEST(Risk, DataOfTheStepsLinesIsAtStake) {
  EXPECT_EQ(computed("{any: [{id: s, flow: send, is: [denied]}]}"), "1 internet > web | web far: 2 2 | app db: 4 5");
}

TEST(Risk, IdentityOfAStepWithoutPlacesSaysWhereItBeginsAndLeads) {
  EXPECT_EQ(computed("{any: [{id: s, auth: any, as: svc}]}"), "2 internet > app | db: 4 5 | : 0 0");
}

TEST(Risk, StepThatNamesNoPlaceMayBeginAnywhere) {
  EXPECT_EQ(computed("{any: [{id: s, anomaly: any}]}"), "0 internet > internet | ? | : 0 0");
}

TEST(Risk, CaseThatNoTrafficShowsHasNoPlace) {
  const Model model = good(kShop +
                           "sources: {log/m: {state: fed}}\nabuse: {c: {says: x}, d: {says: x, path: {any: [{id: s, "
                           "mail: click, see: [log/m]}]}}}\n");
  for (const CaseRisk& risk : risks(model)) EXPECT_EQ(text_of(risk), "? | ? | : 0 0") << risk.abuse->id;
}

TEST(Risk, WhatLogsTellIsNeitherBeginNorEnd) {
  EXPECT_EQ(
      computed("{within: 1h, then: [{id: s, flow: app, from: web, is: [denied]}, {id: t, change: rule, see: [tap], "
               "optional: true}]}"),
      "1 internet > web | app: 3 0 | db: 4 5");
}

TEST(Risk, TermsAndTheirSumAreAsDocumented) {
  const Model model = good(kShop +
                           "abuse:\n"
                           "  c: {says: x, path: {any: [{id: s, flow: app, from: web, is: [unmodelled]}]}}\n"
                           "controls:\n"
                           "  weak: {status: active, strength: 1, covers: [c]}\n"
                           "  strong: {status: active, strength: 3, covers: [c]}\n"
                           "  later: {status: planned, strength: 5, covers: [c]}\n");
  const CaseRisk risk = risks(model).at(0);
  EXPECT_EQ(risk.active->id, "strong");
  EXPECT_EQ(risk.planned->id, "later");
  EXPECT_EQ(risk.sight, Sight::kEnforced);
  EXPECT_EQ(risk.terms.exposure, 4u);
  EXPECT_EQ(risk.terms.control, 2u);
  EXPECT_EQ(risk.terms.sight, 0u);
  EXPECT_EQ(risk.terms.ease(), 6u);
  EXPECT_EQ(risk.terms.value, 3u);
  EXPECT_EQ(risk.terms.sensitivity, 0u);
  EXPECT_EQ(risk.terms.fan_out, 1u);
  EXPECT_EQ(risk.terms.sum(), 10u);
}

// A row of `n` places one after the other behind the internet, and a case that begins at place `at` and leads to hub.
RiskTerms terms_in_a_row(size_t n, size_t at, size_t leaves) {
  std::string assets = "assets:\n  hub: {zone: z, addr: 10.0.0.1}\n", flows = "flows:\n";
  for (size_t i = 1; i <= n; ++i) {
    const std::string id = "p" + std::to_string(i);
    assets += "  " + id + ": {zone: z, addr: 10.0.1." + std::to_string(i) + "}\n";
    flows += "  f" + id + ": {from: " + (i == 1 ? "net" : "p" + std::to_string(i - 1)) + ", to: " + id + "}\n";
  }
  for (size_t i = 1; i <= leaves; ++i) {
    const std::string id = "leaf" + std::to_string(i);
    assets += "  " + id + ": {zone: z, addr: 10.0.2." + std::to_string(i) + "}\n";
    flows += "  f" + id + ": {from: hub, to: " + id + "}\n";
  }
  return risks(
             good("model: {id: m, owner: a}\nzones: {net: {trust: 0, addr: any}, z: {trust: 60, addr: 10.0.0.0/8}}\n" +
                  assets + flows + "abuse: {c: {says: x, path: {any: [{id: s, flow: hub, from: p" + std::to_string(at) +
                  ", is: [unmodelled]}]}}}\n"))
      .at(0)
      .terms;
}

TEST(Risk, ExposureFallsWithEachHopAndIsNeverNothingWhereThereIsAWay) {
  const std::vector<uint32_t> wanted = {4, 3, 2, 1, 1, 1};
  for (size_t at = 1; at <= wanted.size(); ++at)
    EXPECT_EQ(terms_in_a_row(wanted.size(), at, 0).exposure, wanted[at - 1]) << at;
}

TEST(Risk, FanOutRisesWithEachDoubling) {
  const std::vector<std::pair<size_t, uint32_t>> wanted = {{0, 0}, {1, 1},  {2, 2},  {3, 2},  {4, 3}, {7, 3},
                                                           {8, 4}, {15, 4}, {16, 5}, {31, 5}, {32, 5}};
  for (const auto& [leaves, term] : wanted) EXPECT_EQ(terms_in_a_row(1, 1, leaves).fan_out, term) << leaves;
}

TEST(Risk, SightTermIsOfTheSightOfTheCase) {
  const std::string sources = "sources: {log/a: {state: fed}}\n";
  const auto term = [&](const std::string& step) {
    const Model model = good(kShop + sources + "abuse: {c: {says: x, path: {any: [" + step + "]}}}\n");
    return risks(model).at(0).terms.sight;
  };
  EXPECT_EQ(term("{id: s, flow: app, from: web, is: [unmodelled]}"), 0u);
  EXPECT_EQ(term("{id: s, count: flows, of: {flow: call, from: $h}, over: 9, within: 1h}"), 2u);
  EXPECT_EQ(term("{id: s, mail: click, see: [log/a]}"), 3u);
  EXPECT_EQ(term("{id: s, flow: far, from: internet, is: [unmodelled]}"), 5u);
}

TEST(Risk, AuthoredIsKeptApart) {
  const Model model = good(kShop +
                           "abuse:\n"
                           "  c: {says: x, risk: {likelihood: 4, impact: 5, dread: [9, 6, 6, 9, 5]}}\n"
                           "  d: {says: x, risk: {likelihood: 1, impact: 1, dread: [0, 0, 0, 0, 1]}}\n"
                           "  e: {says: x}\n");
  const std::vector<CaseRisk> all = risks(model);
  EXPECT_EQ(all[0].authored, 20u);
  EXPECT_EQ(all[0].dread->low, 5u);
  EXPECT_EQ(all[0].dread->high, 9u);
  EXPECT_EQ(all[0].dread->mean_tenths, 70u);
  EXPECT_EQ(all[1].dread->mean_tenths, 2u);
  EXPECT_FALSE(all[2].authored);
  EXPECT_FALSE(all[2].dread);
  EXPECT_EQ(all[0].terms.sum(), all[2].terms.sum());
}

TEST(Risk, OrderIsByComputedThenAuthoredThenTheModel) {
  const std::string step = "path: {any: [{id: s, flow: app, from: web, is: [unmodelled]}]}";
  const Model model = good(kShop + "abuse:\n  a: {says: x, " + step + "}\n  b: {says: x, " + step +
                           "}\n  c: {says: x, risk: {likelihood: 1, impact: 1}, " + step +
                           "}\n  d: {says: x, path: {any: [{id: s, flow: web, from: internet, is: [unmodelled]}]}}\n"
                           "  e: {says: x, risk: {likelihood: 5, impact: 5}}\n");
  std::string order;
  for (const CaseRisk& risk : risks(model)) order += risk.abuse->id;
  EXPECT_EQ(order, "dcabe") << "15, then 13 thrice, then 10";
}

// --- beside brute force: names and closures instead of spots and queues

struct Random {
  std::mt19937 rng;
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(rng); }
};

// Zones, some outside, some flat, each with an asset or two; lines and one case between any of them.
std::string random_model(Random& random) {
  std::string zones = "zones:\n", assets = "assets:\n", flows = "flows:\n";
  std::vector<std::string> names;
  for (size_t z = 0; z < 4; ++z) {
    const std::string id = "z" + std::to_string(z);
    zones += "  " + id + ": {trust: " + std::to_string(20 + 10 * random.below(3)) + ", addr: 10." + std::to_string(z) +
             ".0.0/16" + (random.below(3) == 0 ? ", flat: true" : "") + "}\n";
    names.push_back(id);
    for (size_t a = 1 + random.below(2); a > 0; --a) {
      const std::string asset = id + "a" + std::to_string(a);
      assets += "  " + asset + ": {zone: " + id + ", addr: 10." + std::to_string(z) + ".0." + std::to_string(a) +
                ", value: " + std::to_string(1 + random.below(5)) + "}\n";
      names.push_back(asset);
    }
  }
  for (size_t f = 1 + random.below(8); f > 0; --f) {
    flows += "  f" + std::to_string(f) + ": {from: [" + names[random.below(names.size())] + "], to: [" +
             names[random.below(names.size())] + "]}\n";
  }
  return "model: {id: m, owner: a}\n" + zones + assets + flows +
         "abuse: {c: {says: x, path: {any: [{id: s, flow: " + names[random.below(names.size())] +
         ", from: " + names[random.below(names.size())] + ", is: [unmodelled]}]}}}\n";
}

class BruteForce {
 public:
  using Set = std::set<std::string>;  // zones stand for their rest

  explicit BruteForce(const Model& model) : model_(model) {
    for (const ZoneElement& zone : model.zones) all_.insert(zone.id);
    for (const AssetElement& asset : model.assets) all_.insert(asset.id);
  }

  [[nodiscard]] std::string zone(const std::string& spot) const {
    for (const AssetElement& asset : model_.assets) {
      if (asset.id == spot) return asset.zone;
    }
    return spot;
  }
  [[nodiscard]] bool in(const std::string& spot, const std::string& name) const {
    return spot == name || zone(spot) == name;
  }
  [[nodiscard]] bool outside(const std::string& spot) const {
    return std::ranges::any_of(model_.zones, [&](const ZoneElement& z) { return z.id == zone(spot) && z.trust < 30; });
  }
  [[nodiscard]] Set within(const std::string& name) const {
    Set out;
    for (const std::string& spot : all_) {
      if (in(spot, name)) out.insert(spot);
    }
    return out;
  }
  [[nodiscard]] bool open(const std::string& from, const std::string& to) const {
    const bool flat = std::ranges::any_of(
        model_.zones, [&](const ZoneElement& z) { return z.flat && zone(from) == z.id && zone(to) == z.id; });
    return flat || std::ranges::any_of(model_.flows,
                                       [&](const FlowElement& f) { return in(from, f.from[0]) && in(to, f.to[0]); });
  }
  // One hop further.
  [[nodiscard]] Set grown(const Set& from, bool through_outside) const {
    Set out = from;
    for (const std::string& a : from) {
      if (!through_outside && outside(a)) continue;
      for (const std::string& b : all_) {
        if (open(a, b)) out.insert(b);
      }
    }
    return out;
  }

  [[nodiscard]] std::string text() const {
    const StepElement& step = model_.abuse[0].path->nodes[0].step;
    Set here, stand;
    for (const std::string& spot : all_) {
      if (outside(spot)) here.insert(spot);
    }
    std::string hops = "-";
    const Set begins = within(step.from[0]);
    for (size_t n = 0; n <= all_.size() && hops == "-"; ++n, here = grown(here, true)) {
      if (std::ranges::any_of(begins, [&](const std::string& spot) { return here.contains(spot); }))
        hops = std::to_string(n);
    }
    for (const std::string& end : {step.target[0], step.from[0]}) {
      for (const std::string& spot : within(end)) {
        if (!outside(spot)) stand.insert(spot);
      }
      if (!stand.empty()) break;
    }
    Set further = stand;
    for (size_t n = 0; n < all_.size(); ++n) further = grown(further, false);
    std::string out = hops + " |";
    uint32_t value = 0;
    for (const AssetElement& asset : model_.assets) {
      if (!further.contains(asset.id) || stand.contains(asset.id) || step.target[0] == asset.id) continue;
      out += " " + asset.id;
      value = std::max(value, asset.value);
    }
    return out + ": " + std::to_string(value);
  }

 private:
  const Model& model_;
  Set all_;
};

TEST(Risk, ExposureAndFanOutEqualBruteForceOnRandomModels) {
  size_t reached = 0, exposed = 0;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    Random random{std::mt19937(seed)};
    const std::string source = random_model(random);
    const Model model = good(source);
    const CaseRisk risk = risks(model).at(0);
    std::string found = risk.exposure.hops ? std::to_string(*risk.exposure.hops) : "-";
    found += " |";
    for (const AssetElement* asset : risk.fan_out.assets) found += " " + asset->id;
    found += ": " + std::to_string(risk.fan_out.value);
    ASSERT_EQ(found, BruteForce(model).text()) << "seed " << seed << "\n" << source;
    reached += risk.fan_out.assets.size();
    exposed += risk.exposure.hops.value_or(0) > 1 ? 1 : 0;
  }
  EXPECT_GT(reached, 500u);
  EXPECT_GT(exposed, 50u);
}

}  // namespace
}  // namespace glacis::control
