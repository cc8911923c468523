#include "control/cli/fleet_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "glacis/v1/model.pb.h"
#include "glacis/v1/soc.pb.h"
#include "tests/unit/cli/hostile_text.h"

namespace glacis::control {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kNow_ns = 1'790'000'000'000'000'000;
constexpr int64_t kMinute_ns = 60'000'000'000;

void count(v1::Heartbeat& heartbeat, const std::string& name, const std::string& label, uint64_t value) {
  v1::Counter& counter = *heartbeat.add_counters();
  counter.set_name(name);
  counter.set_label(label);
  counter.set_value(value);
}

v1::SensorState well_sensor(const std::string& name, const std::string& tap) {
  v1::SensorState out;
  out.set_sensor(name);
  out.add_taps(tap);
  out.set_connected(true);
  out.set_last_heard_ns(kNow_ns);
  out.set_desired_version(3);
  out.set_desired_digest("\xa1\xb2\xc3\xd4\xe5");
  v1::Heartbeat& heartbeat = *out.mutable_heartbeat();
  heartbeat.set_health(v1::HEALTH_OK);
  heartbeat.set_since_ns(kNow_ns - 5 * kMinute_ns);
  heartbeat.set_running_version(3);
  heartbeat.set_running_digest(out.desired_digest());
  count(heartbeat, "rx_packets_total", "port=tap0", 1'000);
  count(heartbeat, "rx_packets_total", "port=tap1", 234);
  count(heartbeat, "lost_packets_total", "reason=missed", 0);
  return out;
}

std::string shown(const std::vector<v1::SensorState>& sensors) {
  v1::GetFleetResponse fleet;
  for (const v1::SensorState& sensor : sensors) *fleet.add_sensors() = sensor;
  fleet.set_stored_alerts(7);
  std::ostringstream out;
  print_sensors(fleet, kNow_ns, Colour::kOff, out);
  return out.str();
}

TEST(FleetText, WellSensorIsOneLine) {
  EXPECT_EQ(shown({well_sensor("core-1", "t-core")}),
            "SENSOR  TAP     STATE    FOR  POLICY        RECEIVED  LOST  SPOOLED\n"
            "core-1  t-core  ok     5 min  3 (a1b2c3d4)      1234     0        0\n"
            "1 of 1 sensor connected, 7 alert revisions stored\n");
}

TEST(FleetText, DegradedSensorSaysWhyAndWhatItLost) {
  v1::SensorState sensor = well_sensor("core-1", "t-core");
  v1::Heartbeat& heartbeat = *sensor.mutable_heartbeat();
  heartbeat.set_health(v1::HEALTH_DEGRADED);
  heartbeat.add_reasons("port tap1 is down");
  heartbeat.set_spooled_alerts(42);
  count(heartbeat, "lost_packets_total", "reason=ring_full", 12);
  count(heartbeat, "lost_packets_total", "reason=no_mbuf", 1);
  count(heartbeat, "events_shed_total", "", 4);
  const std::string text = shown({sensor});
  EXPECT_THAT(text, HasSubstr("degraded"));
  EXPECT_THAT(text, HasSubstr("1234    13       42\n"));
  EXPECT_THAT(text, HasSubstr("    degraded: port tap1 is down\n"));
  EXPECT_THAT(text, HasSubstr("    lost: ring_full 12, no_mbuf 1, events_shed 4\n"));
}

TEST(FleetText, AlertsThatNeverReachControlAreALossUnderTheirReason) {
  v1::SensorState sensor = well_sensor("core-1", "t-core");
  v1::Heartbeat& heartbeat = *sensor.mutable_heartbeat();
  count(heartbeat, "alerts_lost_total", "reason=queue", 0);
  count(heartbeat, "alerts_lost_total", "reason=disk", 8);
  count(heartbeat, "alerts_lost_total", "reason=unreadable", 1);
  EXPECT_THAT(shown({sensor}), HasSubstr("    lost: alerts_lost disk 8, alerts_lost unreadable 1\n"));
}

TEST(FleetText, LimitsThatWereHitAreALineOfTheirOwn) {
  v1::SensorState sensor = well_sensor("core-1", "t-core");
  v1::Heartbeat& heartbeat = *sensor.mutable_heartbeat();
  int value = 0;
  for (const char* name :
       {"flows", "late_hits_total", "partials_evicted_total", "streams_refused_total", "flows_evicted_total",
        "tellings_forgotten_total", "stream_depth_reached_total", "streams_reopened_total"}) {
    count(heartbeat, name, "", static_cast<uint64_t>(++value));
  }
  const std::string text = shown({sensor});
  EXPECT_THAT(text, HasSubstr("    limits hit: late_hits 2, partials_evicted 3, streams_refused 4, flows_evicted 5, "
                              "tellings_forgotten 6, stream_depth_reached 7\n"));
  EXPECT_THAT(text, Not(HasSubstr("lost:")));
}

TEST(FleetText, StoppingSensorIsNotCalledDegraded) {
  v1::SensorState sensor = well_sensor("core-1", "t-core");
  sensor.mutable_heartbeat()->set_health(v1::HEALTH_STOPPING);
  sensor.mutable_heartbeat()->add_reasons("drains its alerts");
  EXPECT_THAT(shown({sensor}), HasSubstr("    stopping: drains its alerts\n"));
}

TEST(FleetText, AwaySensorShowsSinceWhenAndWhatItWillGet) {
  v1::SensorState sensor = well_sensor("core-1", "t-core");
  sensor.set_connected(false);
  sensor.set_last_heard_ns(kNow_ns - 200 * kMinute_ns);
  sensor.set_desired_version(4);
  sensor.set_desired_digest("\x01\x02\x03\x04");
  const std::string text = shown({sensor});
  EXPECT_THAT(text, HasSubstr("away   3 h  3 (a1b2c3d4)"));
  EXPECT_THAT(text, HasSubstr("    gets policy 4 (01020304) when it comes back\n"));
  EXPECT_THAT(text, HasSubstr("0 of 1 sensor connected"));
}

TEST(FleetText, RefusalShowsEveryReasonBesideWhatStillRuns) {
  v1::SensorState sensor = well_sensor("core-1", "t-core");
  sensor.set_desired_version(4);
  sensor.set_desired_digest("\x01\x02\x03\x04");
  v1::PolicyStatus& status = *sensor.mutable_policy();
  status.set_state(v1::POLICY_STATE_REJECTED);
  status.set_digest(sensor.desired_digest());
  status.set_version_in_use(3);
  status.set_digest_in_use("\xa1\xb2\xc3\xd4\xe5");
  status.add_errors()->set_reason("too many patterns");
  v1::PolicyError& second = *status.add_errors();
  second.set_field("features");
  second.set_reason("unknown 'apps'");
  EXPECT_THAT(shown({sensor}), HasSubstr("    refused policy 4 (01020304):\n"
                                         "      too many patterns\n"
                                         "      features: unknown 'apps'\n"));
  EXPECT_THAT(shown({sensor}), HasSubstr("3 (a1b2c3d4)"));
}

TEST(FleetText, AnswerToAnOfferIsNewerThanTheHeartbeat) {
  v1::SensorState sensor = well_sensor("core-1", "t-core");
  sensor.set_desired_version(4);
  sensor.set_desired_digest("\x01\x02\x03\x04");
  EXPECT_THAT(shown({sensor}), HasSubstr("was offered policy 4 (01020304), not active yet"));
  v1::PolicyStatus& status = *sensor.mutable_policy();
  status.set_state(v1::POLICY_STATE_ACTIVE);
  status.set_version_in_use(4);
  status.set_digest_in_use(sensor.desired_digest());
  EXPECT_THAT(shown({sensor}), HasSubstr("4 (01020304)"));
  EXPECT_THAT(shown({sensor}), Not(HasSubstr("not active yet")));
}

TEST(FleetText, StaysWithin100ColumnsForLongNamesAndLargeNumbers) {
  v1::SensorState sensor = well_sensor(std::string(60, 's'), std::string(60, 't'));
  v1::Heartbeat& heartbeat = *sensor.mutable_heartbeat();
  heartbeat.set_health(v1::HEALTH_DEGRADED);
  heartbeat.set_running_version(12'345);
  count(heartbeat, "rx_packets_total", "", 123'456'789'012);
  count(heartbeat, "lost_packets_total", "reason=missed", 12'345'678);
  heartbeat.set_spooled_alerts(1'234'567);
  std::istringstream lines(shown({sensor, well_sensor("core-1", "t-core")}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_THAT(shown({sensor}), HasSubstr("sensor " + std::string(60, 's')));
  EXPECT_THAT(shown({sensor}), HasSubstr("tap " + std::string(60, 't')));
}

TEST(FleetText, UnheardSensorsAndEmptyFleetsAreSaid) {
  v1::SensorState sensor;
  sensor.set_sensor("new-1");
  sensor.set_connected(true);
  EXPECT_THAT(shown({sensor}), HasSubstr("new-1   -    connected    -  -              -     -"));
  EXPECT_THAT(shown({}), HasSubstr("no sensor has ever connected"));
}

TEST(FleetText, ModelsAreATable) {
  v1::ListModelsResponse models;
  std::ostringstream none, one;
  print_models(models, none);
  EXPECT_THAT(none.str(), HasSubstr("no model is active"));
  v1::ActiveModel& model = *models.add_models();
  model.set_id("web-shop");
  model.set_version(3);
  model.set_digest("\xa1\xb2\xc3\xd4\xe5");
  model.set_pushed_by("spiffe://example/architect/ada");
  model.set_pushed_ns(kNow_ns);
  model.set_file("web-shop.yaml");
  print_models(models, one);
  EXPECT_EQ(one.str(),
            "\n"
            "MODEL     VERSION       PUSHED BY                 WHEN (UTC)        FILE\n"
            "web-shop  3 (a1b2c3d4)  spiffe://example/arch...  2026-09-21 14:13  web-shop.yaml\n");
}

TEST(FleetText, NothingFromThePeerReachesTheTerminal) {
  v1::GetFleetResponse fleet;
  fill_hostile(fleet);
  v1::ListModelsResponse models;
  fill_hostile(models);
  for (const bool connected : {true, false}) {
    v1::SensorState& sensor = *fleet.mutable_sensors(0);
    sensor.set_connected(connected);
    sensor.mutable_policy()->set_state(v1::POLICY_STATE_REJECTED);
    sensor.mutable_policy()->clear_digest_in_use();
    sensor.mutable_heartbeat()->clear_running_digest();
    sensor.mutable_heartbeat()->mutable_counters(0)->set_name("lost_packets_total");
    sensor.mutable_heartbeat()->mutable_counters(0)->set_value(1);
    std::ostringstream out;
    print_sensors(fleet, kNow_ns, Colour::kOff, out);
    print_models(models, out);
    EXPECT_THAT(out.str(), HasSubstr("\\x1b[31m"));
    EXPECT_EQ(terminal_fault(out.str()), "");
  }
}

}  // namespace
}  // namespace glacis::control
