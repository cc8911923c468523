#include "sensor/runtime/heartbeat.h"

#include "glacis/v1/sensor.pb.h"
#include "sensor/runtime/loss_counters.h"

namespace glacis::sensor {

const char* decode_reason(size_t result) {
  switch (static_cast<DecodeResult>(result)) {
    case DecodeResult::kNotIp:
      return "not_ip";
    case DecodeResult::kTruncated:
      return "truncated";
    case DecodeResult::kBadLength:
      return "bad_length";
    case DecodeResult::kBadHeader:
      return "bad_header";
    case DecodeResult::kFragment:
      return "fragment";
    case DecodeResult::kTooDeep:
      return "too_deep";
    case DecodeResult::kUnsupportedLink:
      return "unsupported_link";
    default:
      return "ok";
  }
}

void add_counter(v1::Heartbeat& heartbeat, const std::string& name, const std::string& label, uint64_t value) {
  v1::Counter& counter = *heartbeat.add_counters();
  counter.set_name(name);
  counter.set_label(label);
  counter.set_value(value);
}

void fill_heartbeat(v1::Heartbeat& heartbeat, const EngineCounters& c, const AlertWriterCounters& alerts,
                    const std::vector<std::string>& reasons) {
  heartbeat.set_health(reasons.empty() ? v1::HEALTH_OK : v1::HEALTH_DEGRADED);
  for (const std::string& reason : reasons) heartbeat.add_reasons(reason);
  add_counter(heartbeat, "rx_packets_total", "", c.received);
  add_counter(heartbeat, "processed_packets_total", "", c.processed);
  add_counter(heartbeat, "processed_bytes_total", "", c.bytes);
  add_counter(heartbeat, "lost_packets_total", "reason=missed", c.missed);
  add_counter(heartbeat, "lost_packets_total", "reason=no_mbuf", c.no_mbuf);
  add_counter(heartbeat, "lost_packets_total", "reason=ring_full", c.ring_full);
  for (size_t i = 1; i < c.decode.size(); ++i) {
    add_counter(heartbeat, "unkeyed_packets_total", std::string("reason=") + decode_reason(i), c.decode[i]);
  }
  add_counter(heartbeat, "duplicate_packets_total", "", c.duplicates);
  add_counter(heartbeat, "duplicate_packets_dropped_total", "", c.duplicates_dropped);
  add_counter(heartbeat, "handed_over_packets_total", "", c.handed_over);
  add_counter(heartbeat, "datagrams_joined_total", "", c.datagrams);
  add_counter(heartbeat, "bad_checksum_packets_total", "", c.bad_checksum);
  for (size_t i = 0; i < c.anomalies.size(); ++i) {
    add_counter(heartbeat, "anomalies_total", "anomaly=" + std::string(kAnomalyNames[i]), c.anomalies[i]);
  }
  add_counter(heartbeat, "port_down_total", "", c.port_downs);
  add_counter(heartbeat, "port_reattached_total", "", c.ports_reattached);
  add_counter(heartbeat, "flows_total", "", c.flows);
  add_counter(heartbeat, "flows_one_way_total", "", c.flows_one_way);
  add_counter(heartbeat, "violations_total", "", c.violations);
  add_counter(heartbeat, "step_hits_total", "", c.step_hits);
  add_counter(heartbeat, "events_shed_total", "", c.events_shed);
  add_counter(heartbeat, "streams_reopened_total", "", c.streams_reopened);
  add_counter(heartbeat, "stream_waited_segments_total", "", c.stream_waited);
  add_counter(heartbeat, "stream_conflicts_total", "", c.stream_conflicts);
  for (const LossCounter& loss : kLossCounters) {
    add_counter(heartbeat, std::string(loss.name) + "_total", "", c.*loss.value);
  }
  add_counter(heartbeat, "open_alerts_forgotten_total", "", alerts.alerts_forgotten);
  add_counter(heartbeat, "alert_folds_evicted_total", "", alerts.folds_evicted);
}

void HealthClock::stamp(v1::Heartbeat& heartbeat) {
  if (heartbeat.health() != health_) {
    health_ = heartbeat.health();
    since_ns_ = heartbeat.time_ns();
  }
  heartbeat.set_since_ns(since_ns_);
}

std::string counters_text(const EngineCounters& c, const AlertWriterCounters& alerts) {
  const auto number = [](uint64_t n) { return std::to_string(n); };
  std::string out = "received " + number(c.received) + " = processed " + number(c.processed) + " + not keyed " +
                    number(c.dropped()) + " + ring full " + number(c.ring_full) + " + duplicates " +
                    number(c.duplicates_dropped) + (c.balanced() ? "" : " (NOT balanced)") + "; missed " +
                    number(c.missed) + ", no mbuf " + number(c.no_mbuf) + ", events shed " + number(c.events_shed);
  const auto if_any = [&](uint64_t n, std::string_view what) {
    if (n != 0) out += "; " + number(n) + " " + std::string(what);
  };
  if_any(c.duplicates - c.duplicates_dropped, "packets that came twice, looked at all the same");
  if_any(c.handed_over, "packets handed over to the worker that owns their flow");
  if_any(c.bad_checksum, "packets with a bad checksum, judged all the same");
  for (size_t i = 0; i < c.anomalies.size(); ++i) {
    if (static_cast<Anomaly>(i) == Anomaly::kBadChecksum) continue;
    if_any(c.anomalies[i], "times " + std::string(kAnomalyNames[i]));
  }
  if_any(c.datagrams, "datagrams put together from fragments");
  if_any(c.port_downs, "times a port was down");
  if_any(c.stream_conflicts, "segments that say otherwise than an earlier one");
  if_any(c.ports_reattached, "times a port was attached again");
  if_any(c.flows_one_way, "TCP flows of which one direction was seen");
  for (const LossCounter& loss : kLossCounters) if_any(c.*loss.value, loss.says);
  if_any(alerts.alerts_forgotten, "open alerts left without their outcome");
  if_any(alerts.folds_evicted, "folds of repeated alerts evicted");
  return out;
}

}  // namespace glacis::sensor
