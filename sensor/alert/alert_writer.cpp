#include "sensor/alert/alert_writer.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "glacis/v1/policy.pb.h"
#include "sensor/alert/alert_fields.h"
#include "sensor/alert/sentence.h"

namespace glacis::sensor {
namespace {

constexpr int64_t kDay_ns = 86'400'000'000'000;

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

int64_t end_of_day(int64_t time_ns) { return (time_ns / kDay_ns + 1) * kDay_ns; }

// One completion: path, the step that brought it, who is bound. As the correlator's Telling.
std::string completion_key(const Event& completing, uint32_t rule_id, const v1::PathProgress& progress) {
  std::string key =
      std::to_string(rule_id) + '|' + std::to_string(progress.step()) + '|' + std::to_string(completing.step.value);
  for (const v1::Variable& variable : progress.variables()) key += '$' + variable.name() + '=' + variable.value();
  return key;
}

int64_t end_of_window(int64_t time_ns, Nanos within) {
  return within.value == 0 ? std::numeric_limits<int64_t>::max() : time_ns + within.value;
}

// Whether `outcome` is news for it: an alert is told one outcome.
bool waits(const v1::Alert& alert, FlowOutcome outcome) {
  return alert.outcome() == v1::OUTCOME_ATTEMPTED && outcome != FlowOutcome::kAttempted;
}

}  // namespace

AlertWriter::AlertWriter(AlertOrigin origin, AlertSink alerts, FlowSink flows, size_t max_open, size_t max_folds)
    : origin_(std::move(origin)),
      alerts_(std::move(alerts)),
      flows_(std::move(flows)),
      open_(max_open),
      crossings_(max_folds, alerts_),
      completions_(max_folds, alerts_) {}

AlertWriterCounters AlertWriter::counters() const {
  return {open_.forgotten(), crossings_.evicted() + completions_.evicted()};
}

void AlertWriter::on_event(const Event& event, const Generation& generation) {
  const bool ends = event.kind == EventKind::kFlowEnd && event.end != FlowEndReason::kRunning;
  const bool settles = event.kind == EventKind::kOutcome || ends;
  if (settles && !generation.paths().paths.empty()) outcomes_.note(event);
  switch (event.kind) {
    case EventKind::kJudged:
      on_judged(event, generation);
      break;
    case EventKind::kOutcome:
      on_outcome(event);
      break;
    case EventKind::kFlowEnd:
      if (ends) on_end(event);
      if (flows_) write_record(event, generation);
      break;
    case EventKind::kStepHit:
      break;
  }
}

v1::Alert AlertWriter::new_alert(const Event& event, const Generation& generation, const v1::Rule& rule) const {
  const FlowSnapshot& flow = event.flow;
  v1::Alert alert;
  alert.mutable_id()->set_sensor(origin_.sensor);
  alert.set_key(alert_key({rule.id(), flow.id.value}));
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
  for (const LiveAlert& open : open_.of(event.flow.id)) {
    if (!open->has_path()) return widen(*open, event, generation);
  }
  const v1::Rule primary = judged_rule(generation, event, 0);
  const auto alert = std::make_shared<v1::Alert>(new_alert(event, generation, primary));
  for (uint8_t i = 1; i < event.rule_count; ++i) {
    *alert->add_also() = judged_rule(generation, event, i);
  }
  add_evidence(*alert, event.evidence, primary);
  alert->set_sentence(sentence_of(*alert));
  const bool folds = is_unmodelled(primary.kind());
  const std::string key = folds ? fold_key(*alert) : "";
  if (folds && crossings_.join(key, event.time.value)) return;
  if (folds) crossings_.open(key, alert, event.time.value, end_of_day(event.time.value));
  alerts_(*alert);
  open_.add(event.flow.id, alert);
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
  alerts_(alert);
}

void AlertWriter::on_outcome(const Event& event) {
  for (const LiveAlert& alert : open_.of(event.flow.id)) settle(*alert, event);
}

void AlertWriter::settle(v1::Alert& alert, const Event& event) {
  if (event.flow.id.value != alert.flow().id() || !waits(alert, event.flow.outcome)) return;
  fill_flow(*alert.mutable_flow(), event.flow);
  tell_outcome(alert, event.flow.outcome, event.time);
}

void AlertWriter::tell_outcome(v1::Alert& alert, FlowOutcome outcome, Nanos time) {
  alert.set_change(v1::ALERT_CHANGE_OUTCOME);
  alert.set_revision(alert.revision() + 1);
  alert.set_time_ns(time.value);
  alert.set_outcome(static_cast<v1::Outcome>(outcome));
  alert.set_sentence(sentence_of(alert));
  alerts_(alert);
}

// The last word where none came before: of a flow that breaks no rule, workers tell no outcome.
void AlertWriter::on_end(const Event& event) {
  on_outcome(event);
  open_.close(event.flow.id);
}

void AlertWriter::write_record(const Event& event, const Generation& generation) {
  const FlowSnapshot& flow = event.flow;
  // Part by part: FlowRecord::Clear() would give the messages in it back to the heap.
  v1::FlowRecord& record = record_;
  record.mutable_initiator()->Clear();
  record.mutable_responder()->Clear();
  record.clear_line();
  record.clear_interface();
  record.clear_vlan();
  fill_flow(*record.mutable_flow(), flow);
  fill_end(*record.mutable_initiator(), flow.initiator(), flow.initiator_port(), flow.initiator_place, generation);
  fill_end(*record.mutable_responder(), flow.responder(), flow.responder_port(), flow.responder_place, generation);
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

void AlertWriter::on_path(const Event& completing, const Generation& generation, PathTelling telling) {
  const int64_t now_ns = completing.time.value;
  const Nanos within = telling.within;
  const bool folds = telling.folds && telling.progress.complete();
  const std::string key = completion_key(completing, rule_at(generation, telling.rule).id(), telling.progress);
  if (folds && telling.earlier != 0) {
    if (const LiveAlert told = completions_.join(key, now_ns)) return settle(*told, completing);
  }
  const auto alert = std::make_shared<v1::Alert>(path_alert(completing, generation, std::move(telling)));
  if (folds) completions_.open(key, alert, now_ns, end_of_window(now_ns, within));
  alerts_(*alert);
  wait_for_outcome(completing.flow.id, alert);
}

v1::Alert AlertWriter::path_alert(const Event& completing, const Generation& generation, PathTelling telling) const {
  const v1::Rule& stated = rule_at(generation, telling.rule);
  v1::Alert alert = new_alert(completing, generation, stated);
  v1::PathProgress& progress = telling.progress;
  // With the time: a completion that comes again after its window is another happening.
  const uint64_t first = telling.flows.empty() ? 0 : telling.flows.front().value;
  alert.set_key(alert_key(
      {stated.id(), completing.flow.id.value, progress.step(), first, static_cast<uint64_t>(completing.time.value)},
      completion_key(completing, stated.id(), progress)));
  // What is not complete yet is one step less severe.
  if (!progress.complete() && stated.severity() > v1::SEVERITY_INFO) {
    alert.set_severity(static_cast<v1::Severity>(stated.severity() - 1));
  }
  for (const FlowId id : telling.flows) {
    if (id != completing.flow.id) alert.add_other_flow_ids(id.value);
  }
  add_evidence(alert, completing.evidence, stated);
  for (size_t i = 0; i < kAnomalyNames.size(); ++i) {
    if (completing.anomalies.has(static_cast<Anomaly>(i))) alert.add_anomalies(std::string(kAnomalyNames[i]));
  }
  *alert.mutable_path() = std::move(progress);
  alert.set_sentence(sentence_of(alert));
  return alert;
}

// Not of a flow whose outcome it has: what fragments alone have shown never ends.
void AlertWriter::wait_for_outcome(FlowId flow, const LiveAlert& alert) {
  const auto known = outcomes_.of(flow);
  if (known && waits(*alert, known->outcome)) tell_outcome(*alert, known->outcome, known->time);
  if (alert->outcome() == v1::OUTCOME_ATTEMPTED && (!known || !known->ended)) open_.add(flow, alert);
}

void AlertWriter::finish() {
  crossings_.finish();
  completions_.finish();
}

}  // namespace glacis::sensor
