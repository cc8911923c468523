#include "control/analysis/reach.h"

#include <algorithm>
#include <random>
#include <set>

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

using Spots = std::vector<std::string>;

std::string text(const std::vector<Spots>& ways) {
  std::string out;
  for (const Spots& way : ways) {
    for (const std::string& spot : way) out += spot + " ";
    out += "\n";
  }
  return out;
}

std::vector<Spots> names_of(const Reach& reach, const std::vector<Way>& ways) {
  std::vector<Spots> out;
  for (const Way& way : ways) {
    Spots one = {reach.spots()[way.front().from].name()};
    for (const Hop& hop : way) one.push_back(reach.spots()[hop.to].name());
    out.push_back(std::move(one));
  }
  return out;
}

std::string ways(const std::string& more, const std::string& from, const std::string& to, const std::string& as = "") {
  const Model model = good(small_model(more));
  const Places places(model);
  const Reach reach(places);
  return text(names_of(reach, reach.ways(from, to, 50, as).ways));
}

const std::string kAssets =
    "assets:\n  pc: {zone: users, addr: 10.1.0.7}\n  web: {zone: users, addr: 10.1.0.8}\n  db: {zone: data, addr: "
    "10.4.0.5}\n";

TEST(Reach, WaysLeadOverLinesShortestFirst) {
  EXPECT_EQ(ways(kAssets + "flows:\n  a: {from: pc, to: web}\n  b: {from: web, to: db}\n  c: {from: pc, to: db}\n",
                 "pc", "db"),
            "pc db \npc web db \n");
}

TEST(Reach, LineOfAZoneIsOneOfItsAssetsToo) {
  EXPECT_EQ(ways(kAssets + "flows: {a: {from: users, to: data}}\n", "pc", "db"), "pc db \n");
  EXPECT_EQ(ways(kAssets + "flows: {a: {from: pc, to: web}}\n", "pc", "db"), "");
}

TEST(Reach, FlatZoneJoinsAllThatStandsInIt) {
  const std::string model =
      "model: {id: m, owner: a}\nzones: {z: {trust: 1, addr: 10.0.0.0/8, flat: true}, y: {trust: 2, addr: "
      "11.0.0.0/8}}\n"
      "assets: {a: {zone: z, addr: 10.0.0.1}, b: {zone: z, addr: 10.0.0.2}}\nflows: {f: {from: b, to: y}}\n";
  const Model parsed = good(model);
  const Places places(parsed);
  const Reach reach(places);
  const Ways found = reach.ways("a", "y", 50);
  EXPECT_EQ(text(names_of(reach, found.ways)), "a b y \na z b y \n");
  EXPECT_TRUE(found.ways[0][0].lines.empty());
  EXPECT_EQ(found.ways[0][1].lines[0]->id, "f");
  EXPECT_TRUE(found.complete);
}

TEST(Reach, IdentityOpensItsLinesAndThoseOfWhatItBecomes) {
  const std::string model =
      kAssets +
      "identities:\n  staff: {can_become: admin}\n  admin: {}\n  robot: {lives_in: web}\n  other: {}\n"
      "flows:\n  a: {from: pc, to: db, as: admin}\n  b: {from: pc, to: web}\n  c: {from: web, to: db, "
      "as: robot}\n";
  EXPECT_EQ(ways(model, "pc", "db", "staff"), "pc db \npc web db \n");
  EXPECT_EQ(ways(model, "pc", "db", "other"), "pc web db \n") << "the robot lives where the way comes by";
  EXPECT_EQ(ways(model, "pc", "db"), "pc db \npc web db \n");
}

TEST(Reach, AsManyAsAskedForAndWhetherThereAreMore) {
  const Model model = good(small_model(kAssets + "flows: {a: {from: users, to: [users, data]}}\n"));
  const Places places(model);
  const Reach reach(places);
  EXPECT_FALSE(reach.ways("pc", "db", 2).complete);
  EXPECT_EQ(reach.ways("pc", "db", 2).ways.size(), 2u);
  EXPECT_TRUE(reach.ways("pc", "db", 50).complete);
}

TEST(Reach, CaseWalksAWayWhoseFirstAndLastHopItLooksAt) {
  const Model model = good(small_model(
      kAssets +
      "flows:\n  a: {from: pc, to: web}\n  b: {from: web, to: db}\n"
      "abuse:\n"
      "  walks: {says: x, path: {within: 1h, then: [{id: s, flow: web, from: users $h, is: [denied]}, {id: t, flow: "
      "b, is: [denied]}]}}\n"
      "  backwards: {says: x, path: {within: 1h, then: [{id: s, flow: b, is: [denied]}, {id: t, flow: a, is: "
      "[denied]}]}}\n"
      "  everywhere: {says: x, path: {any: [{id: s, auth: any}]}}\n"
      "  half: {says: x, path: {any: [{id: s, flow: a, is: [denied]}]}}\n"));
  const Places places(model);
  const Reach reach(places);
  const Way way = reach.ways("pc", "db", 1).ways.at(0);
  EXPECT_TRUE(reach.walks(steps_of(model.abuse[0], places), way));
  EXPECT_FALSE(reach.walks(steps_of(model.abuse[1], places), way));
  EXPECT_FALSE(reach.walks(steps_of(model.abuse[2], places), way));
  EXPECT_FALSE(reach.walks(steps_of(model.abuse[3], places), way));
  EXPECT_EQ(reach.first_seen(way), 1u) << "inside users no tap looks";
}

// --- beside brute force

struct Random {
  std::mt19937 rng;
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(rng); }

  // A model of a few zones, some flat, some assets without addresses, lines between names of any kind.
  std::string model() {
    std::string out = "model: {id: m, owner: a}\nzones:\n", assets = "assets:\n", flows = "flows:\n",
                identities = "identities:\n";
    std::vector<std::string> names;
    const size_t zones = 2 + below(3);
    for (size_t z = 0; z < zones; ++z) {
      const std::string id = "z" + std::to_string(z), net = "10." + std::to_string(z);
      out += "  " + id + ": {trust: 1, addr: " + net + ".0.0/16" + (below(3) == 0 ? ", flat: true" : "") + "}\n";
      names.push_back(id);
      for (size_t a = below(3); a > 0; --a) {
        const std::string asset = id + "a" + std::to_string(a);
        assets += "  " + asset + ": {zone: " + id +
                  (below(4) == 0 ? "" : ", addr: " + net + ".0." + std::to_string(a)) + "}\n";
        names.push_back(asset);
      }
    }
    assets += "  spare: {zone: z0, addr: 10.0.9.9}\n";
    for (size_t i = 0; i < 3; ++i) {
      identities += "  i" + std::to_string(i) + ": {lives_in: " + names[below(names.size())] +
                    (i > 0 && below(2) == 0 ? ", can_become: i" + std::to_string(i - 1) : "") + "}\n";
    }
    for (size_t f = 1 + below(7); f > 0; --f) {
      flows += "  f" + std::to_string(f) + ": {from: [" + names[below(names.size())] + ", " +
               names[below(names.size())] + "], to: " + names[below(names.size())] +
               (below(2) == 0 ? "" : ", as: i" + std::to_string(below(3))) + "}\n";
    }
    return out + assets + identities + flows;
  }
};

// The language's rules read once more, name by name, without indexes and distances.
class BruteForce {
 public:
  explicit BruteForce(const Model& model) : model_(model) {
    for (const ZoneElement& zone : model.zones) {
      spots_.push_back(zone.id);
      for (const AssetElement& asset : model.assets) {
        if (asset.zone == zone.id && !asset.prefixes.empty()) spots_.push_back(asset.id);
      }
    }
  }

  std::vector<Spots> ways(const std::string& from, const std::string& to, const std::string& as) {
    found_.clear();
    for (const std::string& spot : spots_) {
      if (in(spot, from) && !in(spot, to)) walk({spot}, to, as);
    }
    std::ranges::stable_sort(found_, [this](const Spots& a, const Spots& b) {
      return a.size() != b.size() ? a.size() < b.size() : order(a) < order(b);
    });
    return found_;
  }

 private:
  std::vector<size_t> order(const Spots& way) const {
    std::vector<size_t> out;
    for (const std::string& spot : way)
      out.push_back(static_cast<size_t>(std::ranges::find(spots_, spot) - spots_.begin()));
    return out;
  }
  const AssetElement* asset(const std::string& name) const {
    const auto found = std::ranges::find(model_.assets, name, &AssetElement::id);
    return found == model_.assets.end() ? nullptr : &*found;
  }
  std::string zone(const std::string& spot) const { return asset(spot) != nullptr ? asset(spot)->zone : spot; }
  bool in(const std::string& spot, const std::string& name) const {
    if (name == spot || zone(spot) == name) return true;
    const AssetElement* named = asset(name);
    return named != nullptr && named->prefixes.empty() && named->zone == spot;
  }
  bool in_any(const std::string& spot, const EndNames& names) const {
    return std::ranges::any_of(names, [&](const std::string& name) { return in(spot, name); });
  }
  bool holds(const Spots& way, const std::string& as, const std::string& wanted,
             std::set<std::string> asked = {}) const {
    if (!asked.insert(wanted).second) return false;
    if (wanted == as) return true;
    for (const IdentityElement& identity : model_.identities) {
      if (identity.id == wanted &&
          std::ranges::any_of(way, [&](const std::string& spot) { return in_any(spot, identity.lives_in); }))
        return true;
      if (std::ranges::find(identity.can_become, wanted) != identity.can_become.end() &&
          holds(way, as, identity.id, asked))
        return true;
    }
    return false;
  }
  bool open(const Spots& way, const std::string& next, const std::string& as) const {
    for (const ZoneElement& z : model_.zones) {
      if (z.flat && zone(way.back()) == z.id && zone(next) == z.id) return true;
    }
    return std::ranges::any_of(model_.flows, [&](const FlowElement& flow) {
      const bool mine = as.empty() || flow.as.empty() ||
                        std::ranges::any_of(flow.as, [&](const std::string& id) { return holds(way, as, id); });
      return mine && in_any(way.back(), flow.from) && in_any(next, flow.to);
    });
  }
  void walk(const Spots& way, const std::string& to, const std::string& as) {
    for (const std::string& next : spots_) {
      if (std::ranges::find(way, next) != way.end() || !open(way, next, as)) continue;
      Spots longer = way;
      longer.push_back(next);
      if (in(next, to)) {
        found_.push_back(longer);
      } else {
        walk(longer, to, as);
      }
    }
  }

  const Model& model_;
  Spots spots_;
  std::vector<Spots> found_;
};

TEST(Reach, EqualsBruteForceOnRandomModels) {
  size_t compared = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Random random{std::mt19937(seed)};
    const std::string source = random.model();
    const Model model = good(source);
    const Places places(model);
    const Reach reach(places);
    const std::string as = random.below(2) == 0 ? "" : "i" + std::to_string(random.below(3));
    const auto end = [&] { return reach.spots()[random.below(reach.spots().size())].name(); };
    const std::string from = end(), to = end();
    const std::vector<Spots> wanted = BruteForce(model).ways(from, to, as);
    const Ways found = reach.ways(from, to, 100'000, as);
    ASSERT_TRUE(found.complete) << seed;
    ASSERT_EQ(text(names_of(reach, found.ways)), text(wanted))
        << "seed " << seed << " " << from << " > " << to << " as " << as << "\n"
        << source;
    compared += wanted.size();
  }
  EXPECT_GT(compared, 1000u);
}

}  // namespace
}  // namespace glacis::control
