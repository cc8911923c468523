#include "sensor/replay/replay.h"

#include <cstdio>
#include <memory>
#include <utility>

#include "dataplane/policy/generation.h"
#include "dataplane/port/capture_port.h"
#include "dataplane/port/mbuf_pool.h"
#include "glacis/v1/policy.pb.h"
#include "sensor/alert/eve.h"
#include "sensor/alert/eve_writer.h"
#include "sensor/alert/event_writer.h"
#include "sensor/alert/json_line.h"
#include "sensor/runtime/eal.h"
#include "sensor/runtime/heartbeat.h"
#include "sensor/runtime/policy_file.h"

namespace glacis::sensor {
namespace {

constexpr uint32_t kMbufs = 32'767;
constexpr uint32_t kMemory_mb = 128;

std::unexpected<std::vector<Error>> one(Error error) {
  std::vector<Error> list;
  list.push_back(std::move(error));
  return std::unexpected(std::move(list));
}

void add_texts(JsonLine& line, std::string_view name, const std::vector<std::string>& texts) {
  line.key(name);
  line.open_array();
  for (const std::string& text : texts) line.string(text);
  line.close_array();
}

// Which times of it were looked at, so that whoever finds nothing can say where.
void add_capture(JsonLine& line, const CaptureRead& capture) {
  line.open_object();
  line.field("file", capture.path);
  line.field("packets", capture.packets);
  line.key("seen_ns");
  line.open_array();
  for (const Stretch& stretch : capture.seen.all()) {
    line.open_array();
    line.number(stretch.first.value);
    line.number(stretch.last.value);
    line.close_array();
  }
  line.close_array();
  line.field("times_left_out", capture.seen.left_out());
  line.close_object();
}

}  // namespace

std::string ReplaySummary::text() const {
  const EngineCounters& c = counters;
  std::string out = std::to_string(c.received) + " packets, " + std::to_string(c.flows) + " flows, " +
                    std::to_string(alerts) + " alerts, " + std::to_string(flow_records) + " flow records\n";
  out += "received " + std::to_string(c.received) + " = processed " + std::to_string(c.processed);
  for (size_t i = 0; i < c.decode.size(); ++i) {
    if (c.decode[i] != 0) out += std::string(" + ") + decode_reason(i) + " " + std::to_string(c.decode[i]);
  }
  if (c.duplicates_dropped != 0) out += " + duplicates " + std::to_string(c.duplicates_dropped);
  if (c.ring_full != 0) out += " + ring_full " + std::to_string(c.ring_full);
  out += c.balanced() ? " (balanced)\n" : " (NOT balanced)\n";
  const auto if_any = [&out](uint64_t n, std::string_view what) {
    if (n != 0) out += std::to_string(n) + " " + std::string(what) + "\n";
  };
  if_any(c.bad_checksum, "packets with a bad checksum");
  for (size_t i = 0; i < c.anomalies.size(); ++i) {
    if (static_cast<Anomaly>(i) == Anomaly::kBadChecksum) continue;
    if_any(c.anomalies[i], "times " + std::string(kAnomalyNames[i]));
  }
  if_any(c.flows_one_way, "TCP flows of which one direction was seen");
  if_any(c.older_packets, "packets out of order of time");
  if_any(c.missed, "packets missed before they could be read");
  if_any(c.no_mbuf, "packets lost for want of a buffer");
  if_any(c.events_shed, "events shed");
  for (const LossCounter& loss : kLossCounters) if_any(c.*loss.value, loss.says);
  for (const Error& fault : faults) out += "capture cut short: " + fault.text() + "\n";
  return out;
}

std::vector<std::string> ReplaySummary::losses(LossOf of) const {
  std::vector<std::string> out;
  const auto if_any = [&](uint64_t n, const std::string& says) {
    if (n != 0) out.push_back(std::to_string(n) + " " + says);
  };
  for (const LossCounter& loss : kLossCounters) {
    // Its port counts a capture's fault, which has a phrase of its own.
    const bool with_faults = loss.value == &EngineCounters::port_errors && counters.port_errors >= faults.size();
    if (loss.of == of) if_any(counters.*loss.value - (with_faults ? faults.size() : 0), std::string(loss.says));
  }
  if (of != LossOf::kPackets) return out;
  for (const Error& fault : faults) out.push_back("capture cut short: " + fault.text());
  for (size_t i = 1; i < counters.decode.size(); ++i) {
    const auto why = static_cast<DecodeResult>(i);
    if (why == DecodeResult::kNotIp || why == DecodeResult::kFragment) continue;  // no flow's, or in its datagram
    if_any(counters.decode[i], std::string("packets not read: ") + decode_reason(i));
  }
  if_any(counters.missed + counters.no_mbuf + counters.ring_full, "packets lost");
  if_any(counters.events_shed, "events shed");
  return out;
}

std::string ReplaySummary::json() const {
  const EngineCounters& c = counters;
  JsonLine line;
  line.open_object();
  line.field("packets", c.received);
  line.field("processed", c.processed);
  line.field("flows", c.flows);
  line.field("alerts", alerts);
  line.field("flow_records", flow_records);
  line.key("dropped");
  line.open_object();
  for (size_t i = 1; i < c.decode.size(); ++i) line.field(decode_reason(i), c.decode[i]);
  line.field("duplicate", c.duplicates_dropped);
  line.field("ring_full", c.ring_full);
  line.close_object();
  line.field("bad_checksum", c.bad_checksum);
  line.key("anomalies");
  line.open_object();
  for (size_t i = 0; i < c.anomalies.size(); ++i) line.field(kAnomalyNames[i], c.anomalies[i]);
  line.close_object();
  line.field("older_packets", c.older_packets);
  line.field("flows_one_way", c.flows_one_way);
  line.field("missed", c.missed);
  line.field("no_mbuf", c.no_mbuf);
  line.field("events_shed", c.events_shed);
  for (const LossCounter& loss : kLossCounters) line.field(loss.name, c.*loss.value);
  line.field("balanced", c.balanced());
  line.key("faults");
  line.open_array();
  for (const Error& fault : faults) line.string(fault.text());
  line.close_array();
  line.key("losses");
  line.open_object();
  add_texts(line, "packets", losses(LossOf::kPackets));
  add_texts(line, "payload", losses(LossOf::kPayload));
  line.close_object();
  line.key("captures");
  line.open_array();
  for (const CaptureRead& capture : captures) add_capture(line, capture);
  line.close_array();
  line.close_object();
  return line.take();
}

ExpectedAll<ReplaySummary> replay(const ReplayOptions& options) {
  auto generation = generation_from_file(options.policy_file);
  if (!generation) return std::unexpected(std::move(generation.error()));
  if (auto eal = start_eal({lcores_for(options.workers), kMemory_mb}); !eal) return one(eal.error());
  auto pool = MbufPool::make("replay", kMbufs);
  if (!pool) return one(pool.error());
  auto stamp = MbufStampField::register_field();
  if (!stamp) return one(stamp.error());
  auto port = CapturePort::open(options.captures, CaptureOptions{}, **pool, *stamp);
  if (!port) return one(port.error());
  auto out = EveWriter::open(options.eve_file);
  if (!out) return one(out.error());

  ReplaySummary summary;
  AlertWriter::FlowSink flow_sink;
  if (options.flows) {
    flow_sink = [&](const v1::FlowRecord& record) {
      ++summary.flow_records;
      (*out)->line(eve_flow(record, options.sensor));
    };
  }
  EventWriter writer(
      {options.sensor, (*generation)->policy().tap(), {std::string((*port)->name())}},
      [&](const v1::Alert& alert) {
        ++summary.alerts;
        (*out)->line(eve_alert(alert));
      },
      std::move(flow_sink));
  EngineOptions engine_options;
  engine_options.workers = options.workers;
  engine_options.burst = options.burst;
  engine_options.hash_seed = options.hash_seed;
  engine_options.decode = options.decode;
  engine_options.stream_depth = options.stream_depth;
  engine_options.duplicates = {{options.keep_duplicates ? Duplicates::kIgnore : Duplicates::kDrop}, options.hash_seed};
  auto engine = Engine::make(engine_options, {port->get()}, writer);
  if (!engine) return one(engine.error());
  if (auto started = (*engine)->start(*generation); !started) return one(started.error());
  (*engine)->wait();
  (*out)->flush();
  if ((*out)->lost() != 0) {
    return one({(*out)->trouble(), "", ""});
  }
  summary.counters = (*engine)->counters();
  summary.faults = (*port)->faults();
  summary.captures = (*port)->read();
  return summary;
}

}  // namespace glacis::sensor
