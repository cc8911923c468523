#include <map>
#include <regex>

#include "control/exchange/suricata_pattern.h"
#include "control/exchange/suricata_rule.h"
#include "tests/unit/exchange/export_fixture.h"

namespace glacis::control {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// sid of each rule, by what stands before its threshold or mark.
std::map<std::string, std::string> sids(const std::string& text) {
  std::map<std::string, std::string> out;
  const std::regex rule("(alert [^;]*; flow:[a-z_]*).*sid:([0-9]+);");
  for (std::sregex_iterator at(text.begin(), text.end(), rule), end; at != end; ++at) out[(*at)[1]] = (*at)[2];
  return out;
}

TEST(SuricataPattern, PlainTextIsContent) {
  EXPECT_EQ(suricata_pattern("INV-20"), "content:\"INV-20\"");
  EXPECT_EQ(suricata_pattern("(?i)a;b|"), "pcre:\"/(?i)a\\x3bb|/\"") << "the bar is an alternative";
  EXPECT_EQ(suricata_pattern("(?i)a;b:\"c"), "content:\"a|3b|b|3a||22|c\"; nocase");
  EXPECT_EQ(suricata_pattern("\xc3\xbc\n"), "content:\"|c3||bc||0a|\"");
}

TEST(SuricataPattern, WhatEndsAnOptionIsHexadecimal) {
  EXPECT_EQ(suricata_pattern("a\"b;c/d\\\"e\\;f[\"/]"), "pcre:\"/a\\x22b\\x3bc\\x2fd\\x22e\\x3bf[\\x22\\x2f]/\"");
  EXPECT_EQ(suricata_pattern("\\\\;\\d"), "pcre:\"/\\\\\\x3b\\d/\"") << "an escaped backslash, then a semicolon";
  EXPECT_EQ(suricata_pattern("a.\xff\n"), "pcre:\"/a.\\xff\\x0a/\"");
}

TEST(SuricataPattern, WhatMeansSomethingElseThereIsNotWritten) {
  EXPECT_EQ(suricata_pattern("\\Qa;b\\E"), std::nullopt);
  EXPECT_EQ(suricata_pattern("(*UTF8)a"), std::nullopt);
}

TEST(Sids, AreInTheRangeOfLocalRulesAndNeverTwice) {
  Sids sids;
  std::set<uint32_t> seen;
  for (int i = 0; i < 20'000; ++i) {
    const uint32_t sid = sids.next("m", "never/n" + std::to_string(i / 3));
    EXPECT_TRUE(sid >= 1'000'000 && sid <= 1'999'999) << sid;
    EXPECT_TRUE(seen.insert(sid).second) << sid;
  }
}

TEST(SuricataExport, NumbersStayWhenOtherRulesCome) {
  const auto before = sids(exported("never: {n: {from: users, to: data, port: 22}}\n", "suricata").text());
  const auto after = sids(exported("never: {a: {from: data, to: users}, n: {from: users, to: data, port: 22}, "
                                   "z: {from: data, to: internet}}\n",
                                   "suricata")
                              .text());
  EXPECT_EQ(before.size(), 2u);
  EXPECT_EQ(after.size(), 4u);
  for (const auto& [rule, sid] : before) EXPECT_EQ(after.at(rule), sid) << rule;
}

TEST(SuricataExport, ExceptionIsMarkedAndTheRuleAsksForTheMark) {
  const std::string text = exported(
                               "flows: {f: {from: users, to: data, port: 22, app: ssh, hours: '08:00-09:00'}}\n"
                               "never: {n: {from: users, to: data, except: [f], why: \"a; b\"}}\n",
                               "suricata")
                               .text();
  EXPECT_THAT(text, ContainsRegex("alert tcp [^\n]* \\[22\\] [^\n]*flowbits:set,glacis.shop:never:n; noalert;"));
  EXPECT_THAT(text, Not(HasSubstr("alert udp")));
  EXPECT_THAT(text, HasSubstr("alert ip [10.1.0.0/16] any -> [10.4.0.0/24] any (msg:\"users must never reach data, "
                              "except f: a\\; b\"; flow:to_server; flowbits:isnotset,glacis.shop:never:n; threshold:"));
}

TEST(SuricataExport, StepsAreJoinedByTheHostThatTheyShare) {
  const std::string text = exported(
                               "abuse: {c: {says: C, path: {within: 2h, then: "
                               "[{id: a, flow: data $s, from: users, is: [unmodelled, established]}, "
                               "{id: b, content: 'x{9}', of: {flow: internet, from: $s}}]}}}\n",
                               "suricata")
                               .text();
  EXPECT_THAT(text, HasSubstr("flow:to_server,established; xbits:set,glacis.shop:abuse:c.0.0,track ip_dst,expire 7200; "
                              "noalert;"));
  EXPECT_THAT(text, HasSubstr("flow:to_server; pcre:\"/x{9}/\"; xbits:isset,glacis.shop:abuse:c.0.0,track ip_src;"));
  EXPECT_THAT(text, HasSubstr("flow:to_client; pcre:\"/x{9}/\"; xbits:isset,glacis.shop:abuse:c.0.0,track ip_dst;"));
}

TEST(SuricataExport, WhatCannotBeSaidIsNoRule) {
  const auto out = exported(
      "never: {n: {from: users, to: data, app: gopher}}\n"
      "abuse: {c: {says: C, path: {within: 1h, then: [{id: a, flow: data, from: users, is: "
      "[unmodelled]}, {id: b, flow: users, from: data, is: [unmodelled]}]}}, "
      "d: {says: D, path: {any: [{id: e, flow: data, from: users, is: [periodic]}]}}}\n",
      "suricata");
  EXPECT_EQ(out.text(), "# Made by glacis of the model shop, m.yaml.\n");
  EXPECT_EQ(out.losses(),
            "never/n: no rule: Suricata does not know the application gopher\n"
            "abuse/c: no rule: a and b share no host\n"
            "abuse/d.e: no rule: 'is: periodic' is not said in rules\n");
}

TEST(SuricataExport, EndsThatCannotBeOneListAreRulesOfTheirOwn) {
  const std::string text = exported("never: {n: {from: [internet, users], to: data}}\n", "suricata").text();
  EXPECT_THAT(text, HasSubstr("alert ip [!0.0.0.0/8,!10.0.0.0/8,"));
  EXPECT_THAT(text, HasSubstr("alert ip [10.1.0.0/16] any -> [10.4.0.0/24] any"));
}

}  // namespace
}  // namespace glacis::control
