#include "sensor/runtime/heartbeat.h"

#include <gmock/gmock.h>

#include <map>

#include "glacis/v1/sensor.pb.h"

namespace glacis::sensor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

EngineCounters some_counters() {
  EngineCounters c;
  c.received = 100;
  c.processed = 90;
  c.decode[static_cast<size_t>(DecodeResult::kNotIp)] = 6;
  c.decode[static_cast<size_t>(DecodeResult::kTruncated)] = 1;
  c.ring_full = 2;
  c.duplicates = 20;
  c.duplicates_dropped = 1;
  c.missed = 11;
  c.no_mbuf = 12;
  c.bad_checksum = 13;
  c.handed_over = 17;
  c.flows_one_way = 18;
  c.port_errors = 14;
  c.port_downs = 15;
  c.ports_reattached = 16;
  return c;
}

std::pair<EngineCounters, AlertWriterCounters> limits_hit() {
  EngineCounters c;
  c.flows_evicted = 21;
  c.streams_refused = 22;
  c.candidates_capped = 23;
  c.late_hits = 24;
  c.hurried_hits = 25;
  c.orphaned_hits = 26;
  c.paths_truncated = 27;
  c.tellings_forgotten = 28;
  c.records_shed = 31;
  c.scans_shed = 32;
  c.streams_shed = 33;
  c.elephants_shed = 34;
  c.depth_reached = 35;
  c.findings_refused = 36;
  return {c, {.alerts_forgotten = 29, .folds_evicted = 30}};
}

std::map<std::string, uint64_t> counters_of(const v1::Heartbeat& heartbeat) {
  std::map<std::string, uint64_t> out;
  for (const v1::Counter& counter : heartbeat.counters()) {
    const std::string key = counter.name() + (counter.label().empty() ? "" : "{" + counter.label() + "}");
    EXPECT_TRUE(out.emplace(key, counter.value()).second) << key << " is there twice";
  }
  return out;
}

TEST(Heartbeat, IsOkWithoutAReasonAndDegradedWithOne) {
  v1::Heartbeat well, ill;
  fill_heartbeat(well, {}, {}, {});
  EXPECT_EQ(well.health(), v1::HEALTH_OK);
  fill_heartbeat(ill, {}, {}, {"port tap0 is down since 2025-11-25T18:43:22Z", "disk"});
  EXPECT_EQ(ill.health(), v1::HEALTH_DEGRADED);
  EXPECT_THAT(ill.reasons(), ElementsAre("port tap0 is down since 2025-11-25T18:43:22Z", "disk"));
}

TEST(Heartbeat, SaysSinceWhenItsHealthHolds) {
  HealthClock clock;
  const auto since = [&clock](int64_t time_ns, v1::Health health) {
    v1::Heartbeat heartbeat;
    heartbeat.set_time_ns(time_ns);
    heartbeat.set_health(health);
    clock.stamp(heartbeat);
    return heartbeat.since_ns();
  };
  EXPECT_EQ(since(100, v1::HEALTH_OK), 100);
  EXPECT_EQ(since(200, v1::HEALTH_OK), 100);
  EXPECT_EQ(since(300, v1::HEALTH_DEGRADED), 300);
  EXPECT_EQ(since(400, v1::HEALTH_OK), 400) << "it was ill in between";
}

TEST(Heartbeat, CarriesEveryLossUnderItsReason) {
  v1::Heartbeat heartbeat;
  fill_heartbeat(heartbeat, some_counters(), {}, {});
  auto counters = counters_of(heartbeat);
  EXPECT_EQ(counters["rx_packets_total"], 100U);
  EXPECT_EQ(counters["processed_packets_total"], 90U);
  EXPECT_EQ(counters["lost_packets_total{reason=missed}"], 11U);
  EXPECT_EQ(counters["lost_packets_total{reason=no_mbuf}"], 12U);
  EXPECT_EQ(counters["lost_packets_total{reason=ring_full}"], 2U);
  EXPECT_EQ(counters["duplicate_packets_total"], 20U);
  EXPECT_EQ(counters["duplicate_packets_dropped_total"], 1U);
  EXPECT_EQ(counters["unkeyed_packets_total{reason=not_ip}"], 6U);
  EXPECT_EQ(counters["unkeyed_packets_total{reason=truncated}"], 1U);
  EXPECT_EQ(counters["bad_checksum_packets_total"], 13U);
  EXPECT_EQ(counters["handed_over_packets_total"], 17U);
  EXPECT_EQ(counters["flows_one_way_total"], 18U);
  EXPECT_EQ(counters["port_errors_total"], 14U);
  EXPECT_EQ(counters["port_down_total"], 15U);
  EXPECT_EQ(counters["port_reattached_total"], 16U);
}

TEST(Heartbeat, NamesEachReasonOfDecodeOnce) {
  std::map<std::string, size_t> seen;
  for (size_t i = 1; i < static_cast<size_t>(DecodeResult::kCount); ++i) {
    EXPECT_TRUE(seen.emplace(decode_reason(i), i).second) << decode_reason(i);
    EXPECT_STRNE(decode_reason(i), "ok") << i;
  }
}

// Every one is a limit at which something was given up: it must have a way out.
TEST(Heartbeat, CarriesEveryLimitThatWasHit) {
  const auto [engine, alerts] = limits_hit();
  v1::Heartbeat heartbeat;
  fill_heartbeat(heartbeat, engine, alerts, {});
  auto counters = counters_of(heartbeat);
  EXPECT_EQ(counters["flows_evicted_total"], 21U);
  EXPECT_EQ(counters["streams_refused_total"], 22U);
  EXPECT_EQ(counters["candidates_capped_total"], 23U);
  EXPECT_EQ(counters["late_hits_total"], 24U);
  EXPECT_EQ(counters["hurried_hits_total"], 25U);
  EXPECT_EQ(counters["orphaned_hits_total"], 26U);
  EXPECT_EQ(counters["partials_evicted_total"], 27U);
  EXPECT_EQ(counters["tellings_forgotten_total"], 28U);
  EXPECT_EQ(counters["open_alerts_forgotten_total"], 29U);
  EXPECT_EQ(counters["alert_folds_evicted_total"], 30U);
  EXPECT_EQ(counters["records_shed_total"], 31U);
  EXPECT_EQ(counters["scans_shed_total"], 32U);
  EXPECT_EQ(counters["streams_shed_total"], 33U);
  EXPECT_EQ(counters["elephants_shed_total"], 34U);
  EXPECT_EQ(counters["stream_depth_reached_total"], 35U);
  EXPECT_EQ(counters["findings_refused_total"], 36U);
}

TEST(CountersText, SaysEveryLimitThatWasHit) {
  const auto [engine, alerts] = limits_hit();
  const std::string text = counters_text(engine, alerts);
  for (int count = 21; count <= 36; ++count) EXPECT_THAT(text, HasSubstr("; " + std::to_string(count) + " "));
}

TEST(CountersText, SaysTheSumAndWhatWentWrong) {
  const std::string text = counters_text(some_counters(), {});
  EXPECT_THAT(
      text, HasSubstr("received 100 = processed 90 + not keyed 7 + ring full 2 + duplicates 1; missed 11, no mbuf 12"));
  EXPECT_THAT(text, HasSubstr("19 packets that came twice, looked at all the same"));
  EXPECT_THAT(text, HasSubstr("13 packets with a bad checksum"));
  EXPECT_THAT(text, HasSubstr("17 packets handed over to the worker that owns their flow"));
  EXPECT_THAT(text, HasSubstr("18 TCP flows of which one direction was seen"));
  EXPECT_THAT(text, HasSubstr("15 times a port was down; 16 times a port was attached again"));
}

TEST(CountersText, SaysWhenTheSumDoesNotBalanceAndNothingMoreWhenAllIsWell) {
  EXPECT_EQ(counters_text({}, {}),
            "received 0 = processed 0 + not keyed 0 + ring full 0 + duplicates 0; missed 0, no mbuf 0, events shed 0");
  EngineCounters off;
  off.received = 1;
  EXPECT_THAT(counters_text(off, {}), HasSubstr("NOT balanced"));
}

}  // namespace
}  // namespace glacis::sensor
