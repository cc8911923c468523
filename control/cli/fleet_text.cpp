#include "control/cli/fleet_text.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "control/cli/terminal_text.h"
#include "control/cli/text_table.h"
#include "glacis/v1/model.pb.h"
#include "glacis/v1/soc.pb.h"

namespace glacis::control {
namespace {

// Names of the sensors' counters (sensor.proto, Counter).
constexpr std::string_view kReceived = "rx_packets_total";
constexpr std::string_view kLost = "lost_packets_total";
constexpr size_t kMostSensorName = 16, kMostTapName = 10;

uint64_t sum_of(const v1::Heartbeat& heartbeat, std::string_view name) {
  uint64_t out = 0;
  for (const v1::Counter& counter : heartbeat.counters()) {
    if (counter.name() == name) out += counter.value();
  }
  return out;
}

// What is gone: packets that no worker saw, events that were shed, and alerts that never reach control.
bool is_loss(const std::string& name) {
  return name == kLost || name == "alerts_lost_total" || name.ends_with("_shed_total");
}

// Where the sensor reached a limit and looks less closely than it should.
bool is_limit(const std::string& name) {
  static constexpr std::array<std::string_view, 11> kLimits = {
      "flows_evicted_total",       "streams_refused_total",     "candidates_capped_total",
      "late_hits_total",           "hurried_hits_total",        "orphaned_hits_total",
      "partials_evicted_total",    "tellings_forgotten_total",  "open_alerts_forgotten_total",
      "alert_folds_evicted_total", "stream_depth_reached_total"};
  return std::ranges::find(kLimits, name) != kLimits.end();
}

std::string short_name(const v1::Counter& counter) {
  constexpr std::string_view kReason = "reason=", kTotal = "_total";
  std::string out = counter.name();
  if (out.ends_with(kTotal)) out.resize(out.size() - kTotal.size());
  if (out == "lost_packets") out.clear();
  std::string label = counter.label();
  if (label.starts_with(kReason)) label.erase(0, kReason.size());
  if (!label.empty()) out += (out.empty() ? "" : " ") + label;
  return printable(out);
}

// "lost: missed 3, alerts_lost disk 1"; empty: all of them are 0.
std::string counted_line(const v1::Heartbeat& heartbeat, const std::string& title, bool (*wanted)(const std::string&)) {
  std::string out;
  for (const v1::Counter& counter : heartbeat.counters()) {
    if (counter.value() == 0 || !wanted(counter.name())) continue;
    out += (out.empty() ? title + ": " : ", ") + short_name(counter) + " " + std::to_string(counter.value());
  }
  return out;
}

struct Running {
  uint64_t version = 0;
  std::string digest;
};

// The newest word on it: its answer to the last offer, else its heartbeat.
Running running(const v1::SensorState& sensor) {
  const v1::PolicyStatus& status = sensor.policy();
  if (!status.digest_in_use().empty()) return {status.version_in_use(), status.digest_in_use()};
  if (status.state() == v1::POLICY_STATE_ACTIVE) return {status.version(), status.digest()};
  return {sensor.heartbeat().running_version(), sensor.heartbeat().running_digest()};
}

// Why it does not run what it should; nothing if it does.
std::vector<std::string> policy_notes(const v1::SensorState& sensor) {
  if (sensor.desired_digest().empty() || running(sensor).digest == sensor.desired_digest()) return {};
  const std::string wanted = version_text(sensor.desired_version(), sensor.desired_digest());
  const v1::PolicyStatus& status = sensor.policy();
  if (!sensor.connected()) return {"gets policy " + wanted + " when it comes back"};
  if (status.state() == v1::POLICY_STATE_REJECTED && status.digest() == sensor.desired_digest()) {
    std::vector<std::string> out = {"refused policy " + wanted + ":"};
    for (const v1::PolicyError& error : status.errors()) {
      const std::string field = error.field().empty() ? "" : error.field() + ": ";
      out.push_back("  " + printable(field + error.reason()));
    }
    return out;
  }
  const bool warm = status.state() == v1::POLICY_STATE_WARMED;
  return {std::string(warm ? "warmed" : "was offered") + " policy " + wanted + ", not active yet"};
}

TextTable::Cell health_cell(const v1::SensorState& sensor) {
  if (!sensor.connected()) return {"away", Ink::kYellow};
  if (!sensor.has_heartbeat()) return {"connected", Ink::kGreen};
  switch (sensor.heartbeat().health()) {
    case v1::HEALTH_OK:
      return {"ok", Ink::kGreen};
    case v1::HEALTH_DEGRADED:
      return {"degraded", Ink::kRed};
    case v1::HEALTH_STARTING:
      return {"starting", Ink::kYellow};
    case v1::HEALTH_STOPPING:
      return {"stopping", Ink::kYellow};
    default:
      return {"unknown", Ink::kYellow};
  }
}

std::vector<std::string> notes_of(const v1::SensorState& sensor, const std::string& name, const std::string& tap) {
  std::vector<std::string> out;
  if (name.size() > kMostSensorName) out.push_back("sensor " + name);
  if (tap.size() > kMostTapName) out.push_back("tap " + tap);
  for (const std::string& reason : sensor.heartbeat().reasons()) {
    if (sensor.connected()) out.push_back(health_cell(sensor).text + ": " + printable(reason));
  }
  for (const std::string& line :
       {counted_line(sensor.heartbeat(), "lost", is_loss), counted_line(sensor.heartbeat(), "limits hit", is_limit)}) {
    if (!line.empty()) out.push_back(line);
  }
  const auto policy = policy_notes(sensor);
  out.insert(out.end(), policy.begin(), policy.end());
  return out;
}

void add(TextTable& table, const v1::SensorState& sensor, int64_t now_ns) {
  const v1::Heartbeat& heartbeat = sensor.heartbeat();
  const std::string name = printable(sensor.sensor());
  const std::string tap = sensor.taps().empty() ? "-" : printable(sensor.taps(0));
  const int64_t since = sensor.connected() ? heartbeat.since_ns() : sensor.last_heard_ns();
  const Running now = running(sensor);
  const uint64_t lost = sum_of(heartbeat, kLost);
  const bool known = sensor.has_heartbeat();
  const auto number = [&](uint64_t n) { return known ? std::to_string(n) : std::string("-"); };
  const TextTable::Cell lost_cell =
      lost == 0 ? TextTable::Cell(number(lost)) : TextTable::Cell(number(lost), Ink::kRed);
  table.add({name, tap, health_cell(sensor), age_text(since, now_ns), version_text(now.version, now.digest),
             number(sum_of(heartbeat, kReceived)), lost_cell, number(heartbeat.spooled_alerts())},
            notes_of(sensor, name, tap));
}

}  // namespace

void print_sensors(const v1::GetFleetResponse& fleet, int64_t now_ns, Colour colour, std::ostream& out) {
  using Align = TextTable::Align;
  TextTable table({{"SENSOR", Align::kLeft, kMostSensorName},
                   {"TAP", Align::kLeft, kMostTapName},
                   {"STATE"},
                   {"FOR", Align::kRight},
                   {"POLICY"},
                   {"RECEIVED", Align::kRight},
                   {"LOST", Align::kRight},
                   {"SPOOLED", Align::kRight}});
  uint64_t connected = 0;
  for (const v1::SensorState& sensor : fleet.sensors()) {
    add(table, sensor, now_ns);
    connected += sensor.connected() ? 1 : 0;
  }
  const auto sensors = static_cast<uint64_t>(fleet.sensors_size());
  if (sensors == 0) {
    out << "no sensor has ever connected\n";
  } else {
    table.print(colour, out);
  }
  out << connected << " of " << counted(sensors, "sensor") << " connected, "
      << counted(fleet.stored_alerts(), "alert revision") << " stored\n";
}

void print_models(const v1::ListModelsResponse& models, std::ostream& out) {
  if (models.models().empty()) {
    out << "\nno model is active; glacis push MODEL makes one so\n";
    return;
  }
  using Align = TextTable::Align;
  TextTable table(
      {{"MODEL"}, {"VERSION"}, {"PUSHED BY", Align::kLeft, 24}, {"WHEN (UTC)"}, {"FILE", Align::kLeft, 32}});
  for (const v1::ActiveModel& model : models.models()) {
    const std::string id = printable(model.id());
    const std::string by = printable(model.pushed_by());
    table.add({id, version_text(model.version(), model.digest()), by, utc_text(model.pushed_ns(), Precision::kMinutes),
               printable(model.file())});
  }
  out << "\n";
  table.print(Colour::kOff, out);
}

}  // namespace glacis::control
