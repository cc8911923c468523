// What a replay says at its end: no loss is left out.
#include <gmock/gmock.h>

#include "sensor/replay/replay.h"

namespace glacis::sensor {
namespace {

using testing::HasSubstr;

// Each loss that an engine counts, by its word in JSON; numbers from 101 on tell them apart.
const std::vector<std::pair<std::string, uint64_t EngineCounters::*>>& losses() {
  using C = EngineCounters;
  static const std::vector<std::pair<std::string, uint64_t C::*>> kAll = {
      {"missed", &C::missed},
      {"no_mbuf", &C::no_mbuf},
      {"events_shed", &C::events_shed},
      {"records_shed", &C::records_shed},
      {"scans_shed", &C::scans_shed},
      {"streams_shed", &C::streams_shed},
      {"elephants_shed", &C::elephants_shed},
      {"datagrams_lost", &C::datagrams_lost},
      {"findings_refused", &C::findings_refused},
      {"port_errors", &C::port_errors},
      {"stream_gaps", &C::stream_gaps},
      {"stream_lost_bytes", &C::stream_lost_bytes},
      {"stream_out_of_window", &C::stream_out_of_window},
      {"stream_depth_reached", &C::depth_reached},
      {"readings_refused", &C::readings_refused},
      {"rules_left_out", &C::rules_left_out},
      {"rules_unremembered", &C::rules_unremembered},
      {"carriers_refused", &C::carriers_refused},
      {"flows_evicted", &C::flows_evicted},
      {"streams_refused", &C::streams_refused},
      {"candidates_capped", &C::candidates_capped},
      {"late_hits", &C::late_hits},
      {"hurried_hits", &C::hurried_hits},
      {"orphaned_hits", &C::orphaned_hits},
      {"partials_evicted", &C::paths_truncated},
      {"tellings_forgotten", &C::tellings_forgotten},
  };
  return kAll;
}

TEST(ReplaySummary, TellsEveryLossInWords) {
  ReplaySummary summary;
  uint64_t count = 100;
  for (const auto& [name, counter] : losses()) summary.counters.*counter = ++count;
  const std::string text = summary.text();
  for (uint64_t n = 101; n <= count; ++n) EXPECT_THAT(text, HasSubstr("\n" + std::to_string(n) + " "));
}

TEST(ReplaySummary, SaysNothingOfWhatWasNotLost) {
  EXPECT_EQ(ReplaySummary{}.text(),
            "0 packets, 0 flows, 0 alerts, 0 flow records\nreceived 0 = processed 0 (balanced)\n");
}

TEST(ReplaySummary, HasEveryLossInJsonWhetherThereIsAnyOrNot) {
  ReplaySummary summary;
  const std::string none = summary.json();
  uint64_t count = 100;
  for (const auto& [name, counter] : losses()) {
    EXPECT_THAT(none, HasSubstr("\"" + name + "\":0"));
    summary.counters.*counter = ++count;
    EXPECT_THAT(summary.json(), HasSubstr("\"" + name + "\":" + std::to_string(count)));
  }
}

TEST(ReplaySummary, SaysInJsonWhatWasLookedAtAndLost) {
  ReplaySummary summary;
  CaptureRead& capture = summary.captures.emplace_back();
  capture.path = "a.pcap";
  capture.packets = 3;
  for (const int64_t s : {1, 2, 9'000}) capture.seen.add(seconds(s));
  summary.faults = {{"cut", "a.pcap", ""}};
  summary.counters.decode[static_cast<size_t>(DecodeResult::kNotIp)] = 7;
  summary.counters.decode[static_cast<size_t>(DecodeResult::kTruncated)] = 2;
  summary.counters.port_errors = 1;  // the fault
  summary.counters.missed = 3;
  summary.counters.ring_full = 1;
  summary.counters.stream_gaps = 5;
  EXPECT_THAT(summary.json(),
              HasSubstr(R"("captures":[{"file":"a.pcap","packets":3,"seen_ns":[[1000000000,2000000000],)"
                        R"([9000000000000,9000000000000]],"times_left_out":0}])"));
  EXPECT_THAT(summary.json(),
              HasSubstr(R"("losses":{"packets":["capture cut short: a.pcap: cut","2 packets not read: truncated",)"
                        R"("4 packets lost"],"payload":["5 holes in streams given up, not searched for patterns"]})"));
}

}  // namespace
}  // namespace glacis::sensor
