#include "sensor/alert/alert_writer.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "glacis/v1/policy.pb.h"
#include "sensor/alert/community_id.h"
#include "sensor/alert/names.h"
#include "sensor/alert/sentence.h"

namespace glacis::sensor {
namespace {

constexpr int64_t kCountsEvery_ns = 60'000'000'000;
constexpr int64_t kDay_ns = 86'400'000'000'000;

std::string hex_key(std::initializer_list<uint64_t> parts) {
  std::array<uint8_t, 8 * 4> in{};
  size_t n = 0;
  for (const uint64_t part : parts) {
    for (int i = 0; i < 8; ++i) in[n++] = static_cast<uint8_t>(part >> (8 * i));
  }
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(in.data(), n, digest.data());
  std::string out;
  for (size_t i = 0; i < 16; ++i) {
    out += "0123456789abcdef"[digest[i] >> 4];
    out += "0123456789abcdef"[digest[i] & 15];
  }
  return out;
}

v1::End end_of(const IpAddress& address, uint16_t port, PlaceId place, const Generation& generation) {
  v1::End out;
  const auto wire = address.wire();
  out.set_address(wire.data(), wire.size());
  out.set_port(port);
  const v1::Policy& policy = generation.policy();
  const ZoneTable::Place& at = generation.zones().at(place);
  if (at.zone.value != 0 && at.zone.value <= policy.zones_size()) {
    out.set_zone(policy.zones(at.zone.value - 1).id());
  }
  for (const uint32_t asset : at.assets) out.add_assets(policy.assets(static_cast<int>(asset)).id());
  return out;
}

void fill_flow(v1::FlowSummary& out, const FlowSnapshot& flow) {
  out.set_id(flow.id.value);
  out.set_start_ns(flow.start.value);
  out.set_last_ns(flow.last.value);
  out.set_packets_to_responder(flow.packets_to_responder);
  out.set_packets_to_initiator(flow.packets_to_initiator);
  out.set_bytes_to_responder(flow.bytes_to_responder);
  out.set_bytes_to_initiator(flow.bytes_to_initiator);
  out.set_direction_assumed(flow.direction_assumed);
}

std::string flow_community_id(const FlowSnapshot& flow) {
  return community_id(flow.key, flow.initiator_is_low ? KeyInitiator::kLow : KeyInitiator::kHigh);
}

template <class Message>
void fill_vlans(Message& out, const FlowKey& key) {
  if (key.vlan_outer != 0) out.add_vlan(key.vlan_outer);
  if (key.vlan_inner != 0) out.add_vlan(key.vlan_inner);
}

const v1::Rule& rule_at(const Generation& generation, RuleIndex index) {
  return generation.policy().rules(static_cast<int>(index.value));
}

// Rule `i` of the event, as severe as it was judged for this flow.
v1::Rule judged_rule(const Generation& generation, const Event& event, uint8_t i) {
  v1::Rule rule = rule_at(generation, event.rules[i]);
  rule.set_severity(static_cast<v1::Severity>(event.severities[i]));
  return rule;
}

bool is_unmodelled(v1::RuleKind kind) { return kind == v1::RULE_KIND_UNMODELLED || kind == v1::RULE_KIND_BOUNDARY; }

v1::AlertKind kind_of(const v1::Rule& rule, bool data_alert) {
  if (rule.kind() == v1::RULE_KIND_PATH) return v1::ALERT_KIND_PATH;
  return data_alert || rule.kind() == v1::RULE_KIND_DATA ? v1::ALERT_KIND_DATA : v1::ALERT_KIND_BOUNDARY;
}

// Primary first: the most severe, then never, data, unmodelled.
bool before(const v1::Rule& a, const v1::Rule& b) {
  const auto rank = [](const v1::Rule& r) {
    switch (r.kind()) {
      case v1::RULE_KIND_NEVER:
        return 0;
      case v1::RULE_KIND_DATA:
        return 1;
      case v1::RULE_KIND_FLOW:
        return 2;
      default:
        return 3;
    }
  };
  return std::tuple(-a.severity(), rank(a), a.id()) < std::tuple(-b.severity(), rank(b), b.id());
}

// One group of unmodelled crossings: rule, ends, service, day.
std::string fold_key(const v1::Alert& alert) {
  std::string key = std::to_string(alert.rule().id()) + '|' + alert.initiator().zone() + '|' +
                    alert.responder().zone() + '|' + alert.service() + '|' +
                    std::to_string(alert.opened_ns() / kDay_ns);
  for (const std::string& asset : alert.initiator().assets()) key += '<' + asset;
  for (const std::string& asset : alert.responder().assets()) key += '>' + asset;
  return key;
}

// Which model and policy the primary rule stands in.
void name_policy(v1::Alert& alert, const Generation& generation) {
  for (const v1::Model& model : generation.policy().models()) {
    if (model.id() != alert.rule().model()) continue;
    alert.mutable_model()->set_id(model.id());
    alert.mutable_model()->set_version(model.version());
    alert.mutable_model()->set_digest(model.digest());
  }
  alert.set_policy_digest(generation.digest());
  alert.set_policy_version(generation.version());
  alert.set_generation(generation.id().value);
}

void add_evidence(v1::Alert& alert, const EvidenceSlice& slice, const v1::Rule& rule) {
  if (slice.bytes == 0) return;
  v1::Evidence& out = *alert.add_evidence();
  out.set_rule_element(rule.element());
  out.set_bytes(slice.data.data(), std::min<size_t>(slice.bytes, kMaxEvidence));
  out.set_masked(slice.masked);
  out.set_stream_offset(slice.stream_offset);
  out.set_to_responder(slice.to_responder);
}

}  // namespace

AlertWriter::AlertWriter(AlertOrigin origin, AlertSink alerts, FlowSink flows)
    : origin_(std::move(origin)), alerts_(std::move(alerts)), flows_(std::move(flows)) {}

void AlertWriter::on_event(const Event& event, const Generation& generation) {
  switch (event.kind) {
    case EventKind::kJudged:
      on_judged(event, generation);
      break;
    case EventKind::kOutcome:
      on_outcome(event);
      break;
    case EventKind::kFlowEnd:
      on_end(event, generation);
      break;
    case EventKind::kStepHit:
      break;
  }
}

v1::Alert AlertWriter::new_alert(const Event& event, const Generation& generation, const v1::Rule& rule) const {
  const FlowSnapshot& flow = event.flow;
  v1::Alert alert;
  alert.mutable_id()->set_sensor(origin_.sensor);
  alert.set_key(hex_key({rule.id(), flow.id.value}));
  alert.set_revision(1);
  alert.set_change(v1::ALERT_CHANGE_OPENED);
  alert.set_outcome(static_cast<v1::Outcome>(flow.outcome));
  alert.set_kind(kind_of(rule, event.data_alert));
  alert.set_time_ns(event.time.value);
  alert.set_opened_ns(event.time.value);
  alert.set_severity(rule.severity());
  *alert.mutable_rule() = rule;
  *alert.mutable_initiator() = end_of(flow.initiator(), flow.initiator_port(), flow.initiator_place, generation);
  *alert.mutable_responder() = end_of(flow.responder(), flow.responder_port(), flow.responder_place, generation);
  alert.set_ip_protocol(flow.key.protocol);
  alert.set_service(service_text(flow.responder_port(), flow.key.protocol));
  alert.set_community_id(flow_community_id(flow));
  fill_flow(*alert.mutable_flow(), flow);
  name_policy(alert, generation);
  alert.set_tap(origin_.tap);
  if (flow.port.value < origin_.interfaces.size()) {
    alert.set_interface(origin_.interfaces[flow.port.value]);
  }
  fill_vlans(alert, flow.key);
  if (!origin_.tap.empty()) alert.add_seen_by(origin_.sensor + "@" + origin_.tap);
  alert.set_count(1);
  return alert;
}

void AlertWriter::on_judged(const Event& event, const Generation& generation) {
  if (event.rule_count == 0) return;
  if (const auto it = open_.find(event.flow.id.value); it != open_.end()) {
    widen(it->second, event, generation);
    return;
  }
  const v1::Rule primary = judged_rule(generation, event, 0);
  v1::Alert alert = new_alert(event, generation, primary);
  for (uint8_t i = 1; i < event.rule_count; ++i) {
    *alert.add_also() = judged_rule(generation, event, i);
  }
  add_evidence(alert, event.evidence, primary);
  alert.set_sentence(sentence_of(alert));
  if (is_unmodelled(primary.kind()) && folded(event, alert)) return;
  alerts_(alert);
  open(event.flow.id.value, std::move(alert));
}

void AlertWriter::widen(v1::Alert& alert, const Event& event, const Generation& generation) {
  const auto known = [&](const v1::Rule& rule) {
    return rule.id() == alert.rule().id() ||
           std::any_of(alert.also().begin(), alert.also().end(),
                       [&](const v1::Rule& other) { return other.id() == rule.id(); });
  };
  bool added = false;
  for (uint8_t i = 0; i < event.rule_count; ++i) {
    const v1::Rule rule = judged_rule(generation, event, i);
    if (known(rule)) continue;
    added = true;
    if (before(rule, alert.rule())) {
      *alert.add_also() = alert.rule();
      *alert.mutable_rule() = rule;
      name_policy(alert, generation);
      alert.set_severity(rule.severity());
      alert.set_kind(kind_of(rule, event.data_alert));
    } else {
      *alert.add_also() = rule;
    }
  }
  if (!added) return;
  add_evidence(alert, event.evidence, rule_at(generation, event.rules[0]));
  alert.set_change(v1::ALERT_CHANGE_RULES);
  alert.set_revision(alert.revision() + 1);
  alert.set_time_ns(event.time.value);
  alert.set_outcome(static_cast<v1::Outcome>(event.flow.outcome));
  fill_flow(*alert.mutable_flow(), event.flow);
  alert.set_sentence(sentence_of(alert));
  follow(alert);
  alerts_(alert);
}

void AlertWriter::on_outcome(const Event& event) {
  const auto it = open_.find(event.flow.id.value);
  if (it == open_.end()) return;
  v1::Alert& alert = it->second;
  alert.set_change(v1::ALERT_CHANGE_OUTCOME);
  alert.set_revision(alert.revision() + 1);
  alert.set_time_ns(event.time.value);
  alert.set_outcome(static_cast<v1::Outcome>(event.flow.outcome));
  fill_flow(*alert.mutable_flow(), event.flow);
  alert.set_sentence(sentence_of(alert));
  follow(alert);
  alerts_(alert);
}

void AlertWriter::on_end(const Event& event, const Generation& generation) {
  open_.erase(event.flow.id.value);
  if (!flows_) return;
  const FlowSnapshot& flow = event.flow;
  v1::FlowRecord record;
  fill_flow(*record.mutable_flow(), flow);
  *record.mutable_initiator() = end_of(flow.initiator(), flow.initiator_port(), flow.initiator_place, generation);
  *record.mutable_responder() = end_of(flow.responder(), flow.responder_port(), flow.responder_place, generation);
  record.set_ip_protocol(flow.key.protocol);
  record.set_community_id(flow_community_id(flow));
  record.set_outcome(static_cast<v1::Outcome>(flow.outcome));
  record.set_end(static_cast<v1::FlowEnd>(event.end));
  record.set_modelled(static_cast<v1::Modelled>(event.modelled));
  if (event.modelled == ModelledAs::kLine && event.line != kNoRule)
    record.set_line(rule_at(generation, event.line).element());
  record.set_tap(origin_.tap);
  if (flow.port.value < origin_.interfaces.size()) {
    record.set_interface(origin_.interfaces[flow.port.value]);
  }
  fill_vlans(record, flow.key);
  record.set_policy_digest(generation.digest());
  flows_(record);
}

void AlertWriter::on_path(const Event& completing, const Generation& generation, RuleIndex rule,
                          v1::PathProgress progress, const std::vector<FlowId>& other_flows) {
  const v1::Rule& stated = rule_at(generation, rule);
  v1::Alert alert = new_alert(completing, generation, stated);
  const uint64_t first = other_flows.empty() ? 0 : other_flows.front().value;
  alert.set_key(hex_key({stated.id(), completing.flow.id.value, progress.step(), first}));
  // What is not complete yet is one step less severe.
  if (!progress.complete() && stated.severity() > v1::SEVERITY_INFO) {
    alert.set_severity(static_cast<v1::Severity>(stated.severity() - 1));
  }
  for (const FlowId id : other_flows) {
    if (id != completing.flow.id) alert.add_other_flow_ids(id.value);
  }
  add_evidence(alert, completing.evidence, stated);
  *alert.mutable_path() = std::move(progress);
  alert.set_sentence(sentence_of(alert));
  alerts_(alert);
}

bool AlertWriter::folded(const Event& event, const v1::Alert& alert) {
  const std::string key = fold_key(alert);
  const auto it = folds_.find(key);
  if (it == folds_.end()) {
    if (folds_.size() < kMaxFolds) folds_.emplace(key, Fold{alert, 1, event.time.value});
    return false;
  }
  Fold& fold = it->second;
  fold.alert.set_count(fold.alert.count() + 1);
  fold.alert.set_time_ns(event.time.value);
  if (event.time.value - fold.told_ns >= kCountsEvery_ns) tell_counts(fold, event.time.value);
  return true;
}

void AlertWriter::follow(const v1::Alert& alert) {
  if (!is_unmodelled(alert.rule().kind())) return;
  const auto it = folds_.find(fold_key(alert));
  if (it == folds_.end() || it->second.alert.key() != alert.key()) return;
  const uint32_t count = it->second.alert.count();
  it->second.alert = alert;
  it->second.alert.set_count(count);
}

void AlertWriter::tell_counts(Fold& fold, int64_t time_ns) {
  v1::Alert& alert = fold.alert;
  alert.set_revision(alert.revision() + 1);
  alert.set_change(v1::ALERT_CHANGE_COUNTS);
  fold.told = alert.count();
  fold.told_ns = time_ns;
  if (const auto it = open_.find(alert.flow().id()); it != open_.end()) {
    it->second.set_revision(alert.revision());
    it->second.set_count(alert.count());
  }
  alerts_(alert);
}

void AlertWriter::finish() {
  for (auto& [key, fold] : folds_) {
    if (fold.alert.count() > fold.told) tell_counts(fold, fold.alert.time_ns());
  }
}

void AlertWriter::open(uint64_t flow, v1::Alert alert) {
  if (open_.emplace(flow, std::move(alert)).second) opened_.push_back(flow);
  while (opened_.size() > kMaxOpenAlerts) {
    if (open_.erase(opened_.front()) != 0) ++forgotten_;
    opened_.pop_front();
  }
}

}  // namespace glacis::sensor
