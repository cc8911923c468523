#include "control/analysis/crossings.h"

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

// "from>to: identity(lines) ... [taps] {data} boundary"
std::string text(const std::string& more) {
  const Model model = good(small_model(more));
  const Places places(model);
  std::string out;
  for (const Crossing& crossing : crossings(places)) {
    out += crossing.from->id + ">" + crossing.to->id + ":";
    for (const IdentityUse& use : identities_on(crossing, model)) {
      out += " " + use.identity + "(";
      for (const FlowElement* line : use.lines) out += line->id;
      out += ")";
    }
    out += " [";
    for (const std::string& tap : crossing.taps) out += tap + " ";
    out += "] {";
    for (const std::string& data : crossing.data) out += data + " ";
    out += "} " + (crossing.boundary == nullptr ? "-" : crossing.boundary->id) + "\n";
  }
  return out;
}

TEST(Crossings, EachPairOfZonesThatALineJoinsWithWhoMayCross) {
  EXPECT_EQ(text("data: {d: {}}\nassets: {db: {zone: data, addr: 10.4.0.1}}\n"
                 "identities: {i: {may: g}, j: {}}\n"
                 "boundaries: {b: {from: users, to: data}}\n"
                 "flows:\n  f: {from: [users, internet], to: db, as: j, carries: d}\n  g: {from: users, to: db}\n"
                 "  h: {from: internet, to: users}\n"),
            "internet>users: (h) [t-edge t-core ] {} -\n"
            "internet>data: j(f) [t-edge t-core ] {d } -\n"
            "users>data: i(g) j(f) [t-core ] {d } b\n");
}

TEST(Crossings, TrafficInsideAZoneIsNone) { EXPECT_EQ(text("flows: {f: {from: users, to: users}}\n"), ""); }

TEST(Crossings, ControlledIsWhatLeadsToNoMoreTrustOrHasABoundaryThatNamesAControl) {
  const auto is = [](const std::string& more) {
    const Model model = good(small_model("controls: {c: {status: planned}}\n" + more));
    return controlled(crossings(Places(model)).at(0));
  };
  EXPECT_FALSE(is("flows: {f: {from: users, to: data}}\n"));
  EXPECT_TRUE(is("flows: {f: {from: data, to: users}}\n"));
  EXPECT_FALSE(is("flows: {f: {from: users, to: data}}\nboundaries: {b: {from: users, to: data}}\n"));
  EXPECT_TRUE(is("flows: {f: {from: users, to: data}}\nboundaries: {b: {from: users, to: data, needs: c}}\n"));
  const Model equal = good(
      "model: {id: m, owner: a}\nzones: {y: {trust: 40, addr: 10.1.0.0/16}, z: {trust: 40, addr: "
      "10.2.0.0/16}}\nflows: {f: {from: y, to: z}}\n");
  EXPECT_TRUE(controlled(crossings(Places(equal)).at(0)));
}

TEST(Crossings, AnyIsEachZone) {
  EXPECT_EQ(text("flows: {f: {from: any, to: data}}\n"),
            "internet>data: (f) [t-edge t-core ] {} -\nusers>data: (f) [t-core ] {} -\n");
}

}  // namespace
}  // namespace glacis::control
