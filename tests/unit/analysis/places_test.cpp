#include "control/threat_model/places.h"

#include "tests/unit/threat_model/model_text.h"

namespace glacis::control {
namespace {

class PlacesTest : public ::testing::Test {
 protected:
  const Model model_ = good(small_model(
      "data: {cards: {sensitivity: 5}, notes: {sensitivity: 1}}\n"
      "assets:\n  pc: {zone: users, addr: 10.1.0.7}\n  db: {zone: data, addr: 10.4.0.5, holds: [notes, cards]}\n"
      "flows: {f: {from: pc, to: db, port: 5432}}\n"));
  const Places places_{model_};
};

TEST_F(PlacesTest, AnyHoldsAllAndAZoneItsAssets) {
  EXPECT_TRUE(places_.holds("any", "db"));
  EXPECT_TRUE(places_.holds("data", "db"));
  EXPECT_FALSE(places_.holds("db", "data"));
  EXPECT_FALSE(places_.holds("users", "db"));
  EXPECT_TRUE(places_.meets("db", "data"));
  EXPECT_FALSE(places_.meets("pc", "db"));
}

TEST_F(PlacesTest, EndsAreAnyOfTheirNamesAndNoneIsAny) {
  EXPECT_TRUE(places_.holds(EndNames{"users", "data"}, EndNames{"pc", "db"}));
  EXPECT_FALSE(places_.holds(EndNames{"users"}, EndNames{"pc", "db"}));
  EXPECT_TRUE(places_.meets(EndNames{"users"}, EndNames{"pc", "db"}));
  EXPECT_TRUE(places_.holds(EndNames{}, EndNames{"db"}));
  EXPECT_FALSE(places_.holds(EndNames{"db"}, EndNames{}));
  EXPECT_EQ(places_.zones({"db", "data", "pc"}).size(), 2u);
  EXPECT_EQ(places_.zones({}).size(), 3u);
}

TEST_F(PlacesTest, TapsOfEitherEndSeeACrossingAndInsideOnlyWhatIsNamed) {
  const ZoneElement &users = *places_.zone("users"), &data = *places_.zone("data"), &net = *places_.zone("internet");
  EXPECT_EQ(places_.taps(users, data), std::vector<std::string>{"t-core"});
  EXPECT_EQ(places_.taps(net, data), (std::vector<std::string>{"t-edge", "t-core"}));
  EXPECT_TRUE(places_.taps(data, data).empty());
  EXPECT_FALSE(places_.seen({"db"}, {"data"}));
  EXPECT_TRUE(places_.seen({"any"}, {"db"}));
}

TEST(Judge, IsATapThatBothListElseTheInitiatorsFirstElseTheRespondersOfThoseThatSeeThePair) {
  ZoneElement from, to;
  from.taps = {"a", "b", "c"};
  to.taps = {"d", "c", "b"};
  const auto all = [](const std::string&) { return true; };
  EXPECT_EQ(judging_tap(from, to, all), "b");
  EXPECT_EQ(judging_tap(from, to, [](const std::string& tap) { return tap != "b"; }), "c");
  EXPECT_EQ(judging_tap(from, to, [](const std::string& tap) { return tap == "d"; }), "d");
  to.taps = {"d"};
  EXPECT_EQ(judging_tap(from, to, all), "a");
  EXPECT_EQ(judging_tap(from, to, [](const std::string&) { return false; }), "");
}

TEST_F(PlacesTest, WorstDataThatAnAssetHoldsCounts) {
  EXPECT_EQ(places_.sensitivity(*places_.asset("db")), 5u);
  EXPECT_EQ(places_.sensitivity(*places_.asset("pc")), 0u);
}

TEST(Ports, NoneIsAny) {
  EXPECT_TRUE(ports_hold({}, {{1, 2}}));
  EXPECT_FALSE(ports_hold({{1, 2}}, {}));
  EXPECT_TRUE(ports_hold({{1, 9}}, {{2, 3}, {9, 9}}));
  EXPECT_FALSE(ports_hold({{1, 9}}, {{9, 10}}));
  EXPECT_TRUE(ports_meet({{1, 9}}, {{9, 10}}));
  EXPECT_FALSE(ports_meet({{1, 8}}, {{9, 10}}));
}

}  // namespace
}  // namespace glacis::control
