#include "control/exchange/flow_records.h"

#include <gmock/gmock.h>

#include <sstream>

#include "control/analysis/explain.h"

namespace glacis::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A flow record as a sensor writes it, with some of it replaced.
std::string record(std::initializer_list<std::pair<std::string, std::string>> changes = {}) {
  std::string out =
      R"({"timestamp":"2026-11-23T10:35:44.500000+0000","flow_id":77,"event_type":"flow","src_ip":"10.1.7.3",)"
      R"("src_port":40001,"dest_ip":"10.4.0.5","dest_port":5432,"proto":"TCP","ip_v":4,"host":"core-1",)"
      R"("flow":{"pkts_toserver":6,"pkts_toclient":4,"bytes_toserver":700,"bytes_toclient":900,)"
      R"("start":"2026-11-23T10:35:42.000001+0000","end":"2026-11-23T10:35:44.500000+0000","age":2,"state":"closed",)"
      R"("reason":"fin","alerted":true},"metadata":{"flowbits":["outcome.data"]}})";
  for (const auto& [from, to] : changes) {
    EXPECT_NE(out.find(from), std::string::npos) << from;
    out.replace(out.find(from), from.size(), to);
  }
  return out + "\n";
}

FlowRecords read(const std::string& text) {
  std::istringstream in(text);
  return read_flow_records(in, "eve.json");
}

std::vector<std::string> faults(const std::string& text) {
  std::vector<std::string> out;
  for (const Error& fault : read(text).faults) out.push_back(fault.text());
  return out;
}

TEST(FlowRecords, ARecordIsReadWhole) {
  const FlowRecords read_back = read(record());
  ASSERT_EQ(read_back.flows.size(), 1U);
  const FlowSummary& flow = read_back.flows[0];
  EXPECT_EQ(flow.id, 77U);
  EXPECT_EQ(flow.initiator, *ip_address("10.1.7.3"));
  EXPECT_EQ(flow.responder, *ip_address("10.4.0.5"));
  EXPECT_EQ(flow.initiator_port, 40'001);
  EXPECT_EQ(flow.responder_port, 5432);
  EXPECT_EQ(flow.protocol, 6);
  EXPECT_EQ(flow.outcome, FlowOutcome::kData);
  EXPECT_EQ(flow.first.value, 1'795'430'142'000'001'000);
  EXPECT_EQ(flow.last.value, 1'795'430'144'500'000'000);
  EXPECT_EQ(flow.bytes_to_responder, 700U);
  EXPECT_EQ(flow.bytes_to_initiator, 900U);
  EXPECT_EQ(flow.file, "eve.json");
  EXPECT_THAT(read_back.seen.all(), ElementsAre(Stretch{flow.first, flow.last}));
}

TEST(FlowRecords, MarksSayOutcomeDirectionAndWhatWasNotSearched) {
  const auto marked = [](const std::string& marks) {
    return read(record({{R"(["outcome.data"])", marks}})).flows.at(0);
  };
  EXPECT_EQ(marked(R"(["outcome.unanswered"])").outcome, FlowOutcome::kUnanswered);
  EXPECT_EQ(marked(R"(["outcome.nonsense",3,null])").outcome, std::nullopt);
  EXPECT_TRUE(marked(R"(["direction.assumed"])").direction_assumed);
  EXPECT_TRUE(marked(R"(["unscanned.depth"])").unsearched);
  EXPECT_EQ(marked(R"("outcome.data")").outcome, std::nullopt) << "no list";
}

TEST(FlowRecords, AnotherProgramsFlowsHaveNoOutcome) {
  const FlowRecords suricata =
      read(R"({"timestamp":"2026-11-23T12:35:44.500000+0200","flow_id":9,"event_type":"flow","src_ip":"fd00:1::7",)"
           R"("dest_ip":"fd00:4::5","proto":"IPv6-ICMP","icmp_type":128,"flow":{"pkts_toserver":1,"pkts_toclient":0,)"
           R"("bytes_toserver":60,"bytes_toclient":0,"start":"2026-11-23T12:35:42.000001+0200",)"
           R"("end":"2026-11-23T12:35:44.500000+0200","state":"new","reason":"timeout"}})");
  ASSERT_THAT(suricata.faults, IsEmpty());
  EXPECT_EQ(suricata.flows.at(0).outcome, std::nullopt);
  EXPECT_EQ(suricata.flows.at(0).protocol, 58);
  EXPECT_EQ(suricata.flows.at(0).first.value, 1'795'430'142'000'001'000) << "in UTC";
}

TEST(FlowRecords, TheLastRecordOfAFlowCounts) {
  const auto running = [](const std::string& end, const std::string& bytes) {
    return record({{R"("end":"2026-11-23T10:35:44)", R"("end":"2026-11-23T10:35:)" + end},
                   {R"("bytes_toserver":700)", R"("bytes_toserver":)" + bytes}});
  };
  const FlowRecords three = read(running("50", "100") + running("58", "300") + running("55", "200"));
  ASSERT_EQ(three.flows.size(), 1U);
  EXPECT_EQ(three.flows[0].bytes_to_responder, 300U);
  EXPECT_EQ(three.records, 3U);
  const FlowRecords two = read(record() + record({{R"("src_port":40001)", R"("src_port":40002)"}}));
  EXPECT_EQ(two.flows.size(), 2U) << "one number, two flows";
}

TEST(FlowRecords, OtherEventsAreCountedAndHitsOfHuntsKept) {
  const std::string alert =
      R"({"timestamp":"2026-11-23T10:35:43.000000+0000","flow_id":78,"event_type":"alert","src_ip":"10.1.7.4",)"
      R"("src_port":1,"dest_ip":"10.4.0.5","dest_port":2,"proto":"UDP","alert":{"metadata":{"element":["hunts/H1"]}},)"
      R"("flow":{"bytes_toserver":1,"bytes_toclient":0,"start":"2026-11-23T10:35:42.000000+0000"}})";
  std::string other = alert;
  other.replace(other.find("hunts/H1"), 8, "never/n1");
  const FlowRecords read_back = read(record() + alert + "\n" + other + "\n" + R"({"event_type":"stats"})" + "\n");
  EXPECT_EQ(read_back.other_events, 3U);
  EXPECT_EQ(read_back.bad_lines, 0U);
  EXPECT_THAT(read_back.hits, ElementsAre(testing::Pair("H1", ElementsAre(78))));
  ASSERT_EQ(read_back.flows.size(), 2U) << "the hit has no record: fragments have none";
  EXPECT_EQ(read_back.flows[1].id, 78U);
}

TEST(FlowRecords, EachBadLineIsNamedAndTheRestIsRead) {
  const std::string text = record() + "garbage\n\n" + R"({"a":1})" + "\n" + record().substr(0, 200);
  EXPECT_THAT(faults(text), ElementsAre("eve.json:2: no JSON: not an EVE line, or a part of one",
                                        "eve.json:4: no event: it has no event_type",
                                        "eve.json:5: no JSON: not an EVE line, or a part of one"));
  EXPECT_EQ(read(text).bad_lines, 3U);
  EXPECT_EQ(read(text).records, 1U);
}

TEST(FlowRecords, WhatAFlowMustSayIsNamed) {
  const auto fault = [](const std::string& from, const std::string& to) {
    const std::vector<std::string> all = faults(record({{from, to}}));
    return all.empty() ? "" : all[0];
  };
  EXPECT_EQ(fault(R"("10.1.7.3")", R"("10.1.7.300")"), "eve.json:1: a flow without a good src_ip");
  EXPECT_EQ(fault(R"("10.4.0.5")", R"("fd00::5")"), "eve.json:1: a flow from IPv4 to IPv6");
  EXPECT_EQ(fault(R"("dest_port":5432)", R"("dest_port":65536)"), "eve.json:1: a flow without a good dest_port");
  EXPECT_EQ(fault(R"("src_port":40001)", R"("src_port":-1)"), "eve.json:1: a flow without a good src_port");
  EXPECT_EQ(fault(R"("TCP")", R"("tcp2")"), "eve.json:1: a flow without a good proto");
  EXPECT_EQ(fault(R"("flow_id":77)", R"("flow_id":"77")"), "eve.json:1: a flow without a good flow_id");
  EXPECT_EQ(fault(R"("start":"2026-11)", R"("start":"2026-13)"), "eve.json:1: a flow without a good start");
  EXPECT_EQ(fault(R"("start":"2026)", R"("start":"9999)"), "eve.json:1: a flow without a good start");
  EXPECT_EQ(fault(R"("start":"2026-11-23T10:35:42)", R"("start":"2026-11-23T10:35:49)"),
            "eve.json:1: a flow that ends before it begins");
  EXPECT_EQ(fault(R"("bytes_toclient":900)", R"("bytes_toclient":null)"),
            "eve.json:1: a flow without a good bytes_toclient");
}

TEST(FlowRecords, ALineWithoutEndAndADeepOneAreLinesLikeAnyOther) {
  const std::string longest(FlowRecords::kLongestLine + 10, 'x');
  EXPECT_THAT(faults(longest + "\n" + record()), ElementsAre("eve.json:1: a line of more than 1 MiB"));
  EXPECT_EQ(read(longest + "\n" + record()).records, 1U);
  EXPECT_THAT(faults(longest), ElementsAre("eve.json:1: a line of more than 1 MiB"));
  EXPECT_THAT(faults(std::string(500'000, '[') + "\n"),
              ElementsAre("eve.json:1: no JSON: not an EVE line, or a part of one"));
  EXPECT_THAT(faults(std::string("a\0b\n", 4)), ElementsAre("eve.json:1: no JSON: not an EVE line, or a part of one"));
}

TEST(FlowRecords, OfManyBadLinesTheFirstAreNamedAndAllAreCounted) {
  std::string text;
  for (size_t i = 0; i < FlowRecords::kMostFaults + 5; ++i) text += "?\n";
  EXPECT_EQ(read(text).faults.size(), FlowRecords::kMostFaults);
  EXPECT_EQ(read(text).bad_lines, FlowRecords::kMostFaults + 5);
}

TEST(ReplayReport, SaysWhatWasReadAndLost) {
  const auto report =
      read_replay_report(R"({"packets":3,"losses":{"packets":["1 packets lost"],"payload":["2 holes"]},"captures":[)"
                         R"({"file":"a.pcap","packets":3,"seen_ns":[[1,5],[9,9]],"times_left_out":4}]})");
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_THAT(report->losses,
              ElementsAre("1 packets lost", "a.pcap: 4 packets at times that do not count as looked at"));
  EXPECT_THAT(report->payload_losses, ElementsAre("2 holes"));
  EXPECT_EQ(report->captures.at(0).seen, (std::vector<Stretch>{{Nanos(1), Nanos(5)}, {Nanos(9), Nanos(9)}}));
  for (const char* bad : {"", "x", "{}", R"({"losses":{"packets":[1],"payload":[]},"captures":[]})"})
    EXPECT_FALSE(read_replay_report(bad)) << bad;
}

}  // namespace
}  // namespace glacis::control
