#include "control/report/hunt_report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "control/analysis/explain.h"

namespace glacis::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Nanos kEnd = seconds(1'795'430'142);  // 2026-11-23 10:35:42

HuntAnswer answer(HuntResult result = HuntResult::kNo) {
  HuntAnswer out;
  out.id = "H1";
  out.ask = "Has anybody opened the database?";
  out.owner = "nia";
  out.at = {"shop.yaml", 7, 3};
  out.result = result;
  out.over_ns = seconds(90 * 86'400).value;
  out.window = {kEnd - Nanos(out.over_ns), kEnd};
  out.seen = {{kEnd - seconds(7'380), kEnd}};
  out.looked_at = seconds(7'380);
  return out;
}

HuntedFlow flow() {
  HuntedFlow out;
  out.flow.id = 5;
  out.flow.initiator = *ip_address("fd00:1::7");
  out.flow.responder = *ip_address("fd00:4::5");
  out.flow.initiator_port = 40'001;
  out.flow.responder_port = 5432;
  out.flow.protocol = 6;
  out.flow.outcome = FlowOutcome::kData;
  out.flow.first = kEnd - seconds(95);
  out.flow.last = kEnd;
  out.flow.bytes_to_responder = 999;
  out.flow.bytes_to_initiator = 1'234'567;
  out.flow.file = "monday.pcap";
  out.from = {"users", {"pc"}};
  out.to = {"data", {}};
  return out;
}

TEST(HuntReport, HeadlinesSayYesNoOrWhyNot) {
  HuntAnswer one = answer();
  EXPECT_EQ(hunt_headline(one), "H1 no");
  one.losses = {"3 packets lost"};
  EXPECT_EQ(hunt_headline(one), "H1 no, as far as was seen");
  one = answer(HuntResult::kYes);
  one.flows = {flow()};
  EXPECT_EQ(hunt_headline(one), "H1 yes: 1 flow");
  one = answer(HuntResult::kUnknown);
  one.why = "cannot be answered from flow records: needs auth";
  EXPECT_EQ(hunt_headline(one), "H1 unknown: cannot be answered from flow records: needs auth");
}

TEST(HuntReport, LookedAtIsAShareOfTheTimeAskedAbout) {
  HuntAnswer one = answer();
  EXPECT_EQ(looked_at_text(one), "looked at 2 h 3 min of 90d to 2026-11-23 10:35:42, 0.095 %");
  one.looked_at = Nanos(one.over_ns / 2);
  EXPECT_EQ(looked_at_text(one), "looked at 45 d 0 h of 90d to 2026-11-23 10:35:42, 50 %");
  one.over_ns = 0;
  EXPECT_EQ(looked_at_text(one), "looked at 45 d 0 h, all that is stored");
  one.seen.clear();
  EXPECT_EQ(looked_at_text(one), "");
}

TEST(HuntReport, AFlowSaysWhoWhereAndHowItCameOut) {
  HuntAnswer one = answer(HuntResult::kYes);
  one.flows = {flow(), flow()};
  const Document document = hunt_document({&one, 1}, 1);
  const Document::Section& section = document.sections.at(0);
  ASSERT_EQ(section.rows.size(), 1U);
  std::vector<std::string> cells;
  for (const Document::Cell& cell : section.rows[0].cells) cells.push_back(cell.text);
  EXPECT_THAT(cells, ElementsAre("2026-11-23 10:35:42", "users/pc [fd00:1::7]:40001", "data [fd00:4::5]:5432/tcp",
                                 "data", "999 B", "1.2 MB", "95 s", "monday.pcap"));
  EXPECT_THAT(section.paragraphs, ElementsAre("Has anybody opened the database? (shop.yaml:7, owner nia)",
                                              looked_at_text(one), "  2026-11-23 08:32:42 to 2026-11-23 10:35:42",
                                              "the 1 flow that came last of 2: --most N shows N"));
}

TEST(HuntReport, WhatIsMissingAndWhoWasNotAskedIsSaid) {
  HuntAnswer one = answer();
  one.losses = {"a.pcap: cut"};
  one.unasked = {"cannot be answered from flow records: needs payload"};
  const Document document = hunt_document({&one, 1}, 9);
  EXPECT_THAT(document.sections.at(0).paragraphs,
              testing::IsSupersetOf({std::string("missing: a.pcap: cut"),
                                     std::string("not asked: cannot be answered from flow records: needs payload")}));
  EXPECT_THAT(markdown(hunt_table({&one, 1})), HasSubstr("| H1 | no, as far as was seen | looked at 2 h 3 min"));
}

TEST(HuntReport, JsonHasItAllAndNoControlCharacters) {
  HuntAnswer one = answer(HuntResult::kYes);
  one.ask = "a\x1b[31m\xff";
  one.flows = {flow(), flow()};
  one.flows[1].flow.outcome.reset();
  const auto json = nlohmann::json::parse(hunt_json({&one, 1}, 1)).at(0);
  EXPECT_EQ(json.at("answer"), "yes");
  EXPECT_EQ(json.at("flows_found"), 2);
  EXPECT_EQ(json.at("flows").size(), 1U);
  EXPECT_EQ(json.at("flows")[0].at("from"),
            (nlohmann::json{{"zone", "users"}, {"assets", {"pc"}}, {"address", "fd00:1::7"}, {"port", 40'001}}));
  EXPECT_EQ(json.at("ask"), R"(a\x1b[31m\xff)");
  EXPECT_EQ(json.at("seen_ns"), (nlohmann::json{{(kEnd - seconds(7'380)).value, kEnd.value}}));
  EXPECT_TRUE(nlohmann::json::parse(hunt_json({&one, 1}, 2)).at(0).at("flows")[1].at("outcome").is_null());
}

}  // namespace
}  // namespace glacis::control
