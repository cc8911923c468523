#include "control/exchange/draft.h"

#include <gtest/gtest.h>

#include "control/exchange/geometry.h"
#include "control/exchange/mapping.h"
#include "control/exchange/yaml_text.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {
namespace {

TEST(Draft, IdsAreMadeOfNamesAndUnique) {
  Draft draft;
  EXPECT_EQ(draft.zone("Web\nDMZ (old)").id, "web-dmz-old");
  EXPECT_EQ(draft.zone("web dmz old").id, "web-dmz-old-2");
  EXPECT_EQ(draft.asset("web-dmz-old-2", "web-dmz-old", "store").id, "web-dmz-old-2-2");
  EXPECT_EQ(draft.zone("any").id, "any-2");
  EXPECT_EQ(draft.zone("\xe6\x97\xa5\xe6\x9c\xac").id, "zone");
  EXPECT_EQ(draft.zone("").id, "zone-2");
  EXPECT_EQ(draft.flow("", "a", "b", "").id, "f-flow");
  EXPECT_LE(draft.zone(std::string(500, 'x')).id.size(), 64u);
}

TEST(Draft, WhatIsInNoZoneIsPutApartAndTold) {
  Draft draft;
  EXPECT_EQ(draft.asset("db", "", "store").keys[1], std::pair(std::string("zone"), std::string("unplaced")));
  EXPECT_EQ(draft.asset("api", "", "api").keys[1].second, "unplaced");
  EXPECT_EQ(draft.of(Section::kZones).size(), 1u);
  ASSERT_EQ(draft.notes().size(), 3u);
  EXPECT_EQ(draft.notes()[1].where, "assets/db");
  EXPECT_EQ(draft.notes()[1].what, "it is in no zone");
}

TEST(Draft, ItIsFullAtItsLimit) {
  Draft draft;
  for (size_t i = 0; i < kMostDraftElements; ++i) (void)draft.add(Section::kFlows, "x");
  EXPECT_FALSE(draft.full());
  (void)draft.add(Section::kFlows, "x");
  EXPECT_TRUE(draft.full());
  EXPECT_EQ(draft.of(Section::kFlows).size(), kMostDraftElements);
}

TEST(Draft, BothWaysOfAPairAreTold) {
  Draft draft;
  (void)draft.flow("ask", "a", "b", "");
  (void)draft.flow("answer", "b", "a", "");
  draft.finish("t");
  bool found = false;
  for (const ImportNote& note : draft.notes())
    found |= note.where == "flows/f-ask" && note.what.find("'f-answer' the other") != std::string::npos;
  EXPECT_TRUE(found);
}

TEST(YamlText, LineHasNothingThatHidesOrReorders) {
  EXPECT_EQ(draft_line(" a\n\t b\x1b[31m \xe2\x80\xae c\xe2\x80\x8b"
                       "d\xef\xbb\xbf\xc2\x85 ",
                       100),
            "a b [31m cd");
  EXPECT_EQ(draft_line("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(draft_line("abcdefghijk", 10), "abcdefg...");
  EXPECT_EQ(draft_line("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 10), "\xc3\xa4\xc3\xa4\xc3\xa4...");
}

TEST(YamlText, ScalarsReadBackAsTheyWere) {
  for (const char* text :
       {"a",  "null", "true", "No", "1",  "1e5", "2026-01-01", "a: b", "# x",      "- x", "\"q\"", "a\\b", "{x}",
        "&a", "*a",   "!t",   "%",  "@x", "`",   "'",          "a #b", "\xc3\xa4", "~",   "=",     "|",    ">"}) {
    std::vector<Diagnostic> faults;
    const std::string yaml = "k: {" + yaml_scalar(text) + ": " + yaml_list({text, "x"}) + "}\n";
    const YamlTree tree = read_yaml({"f", yaml}, faults);
    ASSERT_TRUE(faults.empty()) << yaml << faults[0].message;
    const YamlTree* const inner = tree.find("k")->find(text);
    ASSERT_NE(inner, nullptr) << yaml;
    EXPECT_EQ(inner->items.at(0).kind, YamlTree::Kind::kScalar) << yaml;
    EXPECT_EQ(inner->items.at(0).text, text);
  }
}

TEST(Mapping, WordsAreWhole) {
  EXPECT_EQ(kind_guess("", "Database cluster", "service"), "store");
  EXPECT_EQ(kind_guess("", "Adbx", "service"), "service") << "db is not a word of it";
  EXPECT_EQ(kind_guess("", "Xdb", "service"), "service");
  EXPECT_EQ(kind_guess("load-balancer", "database of hosts", "service"), "gateway") << "a type beats a name";
  EXPECT_EQ(trust_guess("The Internet"), 0u);
  EXPECT_EQ(trust_guess("Intranet"), 60u);
  EXPECT_EQ(app_of("HTTP/S"), "https");
  EXPECT_EQ(app_of("something"), "");
  EXPECT_EQ(stride_of("Denial of service"), "denial");
  EXPECT_EQ(stride_of("Linkability"), "");
  EXPECT_EQ(likelihood_of("unlikely"), 2u);
  EXPECT_EQ(likelihood_of("almost certain"), 5u);
}

TEST(Geometry, NodeIsInTheSmallestBoxAroundItsCentre) {
  const std::vector<ZoneBox> zones = {{{0, 0, 100, 100}, "outer"}, {{10, 10, 30, 30}, "inner"}};
  EXPECT_EQ(zone_around({15, 15, 10, 10}, zones), "inner");
  EXPECT_EQ(zone_around({35, 15, 10, 10}, zones), "inner") << "the centre is on its edge";
  EXPECT_EQ(zone_around({36, 15, 10, 10}, zones), "outer") << "most of its edge is, its centre is not";
  EXPECT_EQ(zone_around({96, 0, 10, 10}, zones), "");
  EXPECT_EQ(nested(zones), (std::vector<std::pair<std::string, std::string>>{{"inner", "outer"}}));
}

}  // namespace
}  // namespace glacis::control
