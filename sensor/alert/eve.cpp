#include "sensor/alert/eve.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <utility>

#include "dataplane/packet/layers.h"
#include "sensor/alert/base64.h"
#include "sensor/alert/json_line.h"
#include "sensor/alert/names.h"

namespace glacis::sensor {
namespace {

// "2026-11-23T10:35:42.123456+0000"; the schema refuses "Z".
std::string timestamp(int64_t ns) {
  int64_t s = ns / 1'000'000'000;
  int64_t rest = ns % 1'000'000'000;
  if (rest < 0) {
    rest += 1'000'000'000;
    --s;
  }
  const auto when = static_cast<time_t>(s);
  tm utc{};
  gmtime_r(&when, &utc);
  char date[40];
  const size_t n = std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  char out[64];
  std::snprintf(out, sizeof out, "%.*s.%06d+0000", static_cast<int>(n), date, static_cast<int>(rest / 1000));
  return out;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool has_ports(uint32_t protocol) {
  return protocol == kIpProtoTcp || protocol == kIpProtoUdp || protocol == kIpProtoSctp;
}

void ends(JsonLine& line, const v1::End& from, const v1::End& to, uint32_t protocol) {
  line.field("src_ip", address_text(from.address()));
  if (has_ports(protocol)) line.field("src_port", from.port());
  line.field("dest_ip", address_text(to.address()));
  if (has_ports(protocol)) line.field("dest_port", to.port());
  line.field("proto", upper(protocol_text(protocol)));
  if (protocol == kIpProtoIcmp || protocol == kIpProtoIcmpV6) {
    line.field("icmp_type", from.port());
  }
  line.field("ip_v", from.address().size() == 4 ? 4U : 6U);
}

template <class List>
void vlans(JsonLine& line, const List& vlan) {
  if (vlan.empty()) return;
  line.key("vlan");
  line.open_array();
  for (const uint32_t id : vlan) line.number(id);
  line.close_array();
}

void tunnel(JsonLine& line, const v1::FlowSummary& flow) {
  if (!flow.has_tunnel()) return;
  const v1::Tunnel& around = flow.tunnel();
  line.key("tunnel");
  line.open_object();
  if (!around.source().empty()) {
    line.field("src_ip", address_text(around.source()));
    line.field("dest_ip", address_text(around.destination()));
  }
  line.field("proto", upper(around.kind()));
  line.field("depth", around.depth());
  if (around.has_network()) line.field("vni", around.network());
  line.close_object();
}

void flow_counters(JsonLine& line, const v1::FlowSummary& flow) {
  line.field("pkts_toserver", flow.packets_to_responder());
  line.field("pkts_toclient", flow.packets_to_initiator());
  line.field("bytes_toserver", flow.bytes_to_responder());
  line.field("bytes_toclient", flow.bytes_to_initiator());
  line.field("start", timestamp(flow.start_ns()));
}

void list(JsonLine& line, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  line.key(name);
  line.open_array();
  line.string(value);
  line.close_array();
}

template <class List>
void lists(JsonLine& line, std::string_view name, const List& values) {
  if (values.empty()) return;
  line.key(name);
  line.open_array();
  for (const std::string& value : values) line.string(value);
  line.close_array();
}

std::string_view reading_name(v1::Reading reading) {
  switch (reading) {
    case v1::READING_TARGET:
      return "target";
    case v1::READING_OTHER:
      return "other";
    default:
      return "unknown";
  }
}

std::string end_name(const v1::End& end) {
  std::string out = end.zone().empty() ? "unknown" : end.zone();
  for (const std::string& asset : end.assets()) out += " " + asset;
  return out;
}

// Why the flow was not all searched; nothing if it was.
std::vector<std::string> unscanned(std::string_view prefix, const v1::FlowSummary& flow) {
  std::vector<std::string> marks;
  for (const int why : flow.unscanned()) {
    marks.push_back(std::string(prefix).append(unscanned_text(static_cast<v1::Unscanned>(why))));
  }
  return marks;
}

// What the schema's flow has no place for.
std::vector<std::string> flow_marks(const v1::FlowRecord& record) {
  std::vector<std::string> marks = {"outcome." + std::string(outcome_text(record.outcome()))};
  if (record.flow().direction_assumed()) marks.emplace_back("direction.assumed");
  for (std::string& mark : unscanned("unscanned.", record.flow())) marks.push_back(std::move(mark));
  return marks;
}

void path_metadata(JsonLine& line, const v1::PathProgress& path) {
  list(line, "path_step", std::to_string(path.step()) + "/" + std::to_string(path.steps()));
  if (path.seen_size() != 0) {
    line.key("path_seen");
    line.open_array();
    for (const v1::PathStep& step : path.seen()) {
      if (!step.seen()) continue;
      line.string(step.id() + " " + timestamp(step.time_ns()) + " " + address_text(step.initiator().address()) + " > " +
                  address_text(step.responder().address()) + ":" + std::to_string(step.responder().port()) + " flow " +
                  std::to_string(step.flow_id()));
    }
    line.close_array();
  }
  lists(line, "path_next", path.next());
  if (path.variables_size() != 0) {
    line.key("path_variables");
    line.open_array();
    for (const v1::Variable& v : path.variables()) line.string("$" + v.name() + "=" + v.value());
    line.close_array();
  }
  list(line, "path_join", path.join());
  if (path.truncated()) list(line, "path_truncated", "true");
}

void metadata(JsonLine& line, const v1::Alert& alert) {
  const v1::Rule& rule = alert.rule();
  line.key("metadata");
  line.open_object();
  list(line, "element", rule.element());
  list(line, "model", rule.model());
  list(line, "model_version", std::to_string(alert.model().version()));
  if (!rule.line().file().empty()) {
    list(line, "file_line", rule.line().file() + ":" + std::to_string(rule.line().line()));
  }
  list(line, "rule", rule.sentence());
  list(line, "why", rule.why());
  list(line, "owner", rule.owner());
  list(line, "outcome", outcome_text(alert.outcome()));
  list(line, "change", change_text(alert.change()));
  list(line, "revision", std::to_string(alert.revision()));
  list(line, "key", alert.key());
  list(line, "count", std::to_string(alert.count()));
  list(line, "signature_severity", severity_text(alert.severity()));
  lists(line, "stride", rule.stride());
  lists(line, "attack", rule.attack());
  lists(line, "finding", rule.findings());
  lists(line, "respond", rule.respond());
  list(line, "from", end_name(alert.initiator()));
  list(line, "to", end_name(alert.responder()));
  if (alert.also_size() != 0) {
    line.key("also");
    line.open_array();
    for (const v1::Rule& also : alert.also()) line.string(also.model() + "/" + also.element());
    line.close_array();
  }
  if (alert.flow().direction_assumed()) list(line, "direction", "assumed");
  lists(line, "unscanned", unscanned("", alert.flow()));
  if (alert.evidence_size() != 0) {
    line.key("evidence");
    line.open_array();
    for (const v1::Evidence& e : alert.evidence()) {
      line.string(e.rule_element() + (e.masked() ? " masked" : "") + " at byte " + std::to_string(e.stream_offset()) +
                  (e.to_responder() ? " to responder" : " to initiator"));
    }
    line.close_array();
    line.key("reading");
    line.open_array();
    for (const v1::Evidence& e : alert.evidence()) line.string(reading_name(e.reading()));
    line.close_array();
  }
  lists(line, "anomaly", alert.anomalies());
  if (alert.has_path()) path_metadata(line, alert.path());
  if (alert.other_flow_ids_size() != 0) {
    line.key("other_flows");
    line.open_array();
    for (const uint64_t id : alert.other_flow_ids()) line.string(std::to_string(id));
    line.close_array();
  }
  list(line, "tap", alert.tap());
  lists(line, "seen_by", alert.seen_by());
  line.close_object();
}

std::string_view category(v1::AlertKind kind) {
  switch (kind) {
    case v1::ALERT_KIND_DATA:
      return "data disclosure";
    case v1::ALERT_KIND_PATH:
      return "abuse path";
    default:
      return "boundary violation";
  }
}

std::string printable(std::string_view bytes) {
  std::string out(bytes);
  for (char& c : out) {
    if (static_cast<uint8_t>(c) < 0x20 || static_cast<uint8_t>(c) > 0x7e) c = '.';
  }
  return out;
}

std::string_view end_reason(v1::FlowEnd end) {
  switch (end) {
    case v1::FLOW_END_FIN:
      return "fin";
    case v1::FLOW_END_RESET:
      return "reset";
    case v1::FLOW_END_TIMEOUT:
      return "timeout";
    case v1::FLOW_END_EVICTED:
      return "evicted";
    case v1::FLOW_END_SHUTDOWN:
      return "shutdown";
    default:
      return "running";
  }
}

std::string_view flow_state(const v1::FlowRecord& record) {
  if (record.end() != v1::FLOW_END_UNSPECIFIED && record.end() != v1::FLOW_END_SHUTDOWN) return "closed";
  return record.outcome() == v1::OUTCOME_ESTABLISHED || record.outcome() == v1::OUTCOME_DATA ? "established" : "new";
}

}  // namespace

std::string eve_alert(const v1::Alert& alert) {
  JsonLine line;
  line.open_object();
  line.field("timestamp", timestamp(alert.time_ns()));
  line.field("flow_id", alert.flow().id());
  if (!alert.interface().empty()) line.field("in_iface", alert.interface());
  line.field("event_type", std::string_view("alert"));
  vlans(line, alert.vlan());
  ends(line, alert.initiator(), alert.responder(), alert.ip_protocol());
  tunnel(line, alert.flow());
  if (!alert.id().sensor().empty()) line.field("host", alert.id().sensor());
  line.field("community_id", alert.community_id());
  line.field("direction", std::string_view("to_server"));
  line.key("alert");
  line.open_object();
  line.field("action", std::string_view("allowed"));
  line.field("gid", 1U);
  line.field("signature_id", alert.rule().id());
  line.field("rev", alert.revision());
  line.field("signature", alert.sentence());
  line.field("category", category(alert.kind()));
  line.field("severity", static_cast<int64_t>(v1::SEVERITY_CRITICAL - alert.severity() + 1));
  metadata(line, alert);
  line.close_object();
  line.key("flow");
  line.open_object();
  flow_counters(line, alert.flow());
  line.field("src_ip", address_text(alert.initiator().address()));
  line.field("dest_ip", address_text(alert.responder().address()));
  if (has_ports(alert.ip_protocol())) {
    line.field("src_port", alert.initiator().port());
    line.field("dest_port", alert.responder().port());
  }
  line.close_object();
  if (alert.evidence_size() != 0) {
    const std::string& bytes = alert.evidence(0).bytes();
    line.field("payload", base64({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
    line.field("payload_printable", printable(bytes));
  }
  line.close_object();
  return line.take();
}

std::string eve_flow(const v1::FlowRecord& record, const std::string& sensor) {
  JsonLine line;
  line.open_object();
  line.field("timestamp", timestamp(record.flow().last_ns()));
  line.field("flow_id", record.flow().id());
  if (!record.interface().empty()) line.field("in_iface", record.interface());
  line.field("event_type", std::string_view("flow"));
  vlans(line, record.vlan());
  ends(line, record.initiator(), record.responder(), record.ip_protocol());
  tunnel(line, record.flow());
  if (!sensor.empty()) line.field("host", sensor);
  line.field("community_id", record.community_id());
  line.key("flow");
  line.open_object();
  flow_counters(line, record.flow());
  line.field("end", timestamp(record.flow().last_ns()));
  line.field("age", (record.flow().last_ns() - record.flow().start_ns()) / 1'000'000'000);
  line.field("state", flow_state(record));
  line.field("reason", end_reason(record.end()));
  line.field("alerted", record.modelled() == v1::MODELLED_VIOLATION);
  line.close_object();
  line.key("metadata");
  line.open_object();
  lists(line, "flowbits", flow_marks(record));
  line.close_object();
  line.close_object();
  return line.take();
}

}  // namespace glacis::sensor
