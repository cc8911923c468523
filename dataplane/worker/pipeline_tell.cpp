// What a worker says: verdicts, steps, outcomes, records, ends.
#include <algorithm>
#include <bit>

#include "dataplane/policy/rule_id.h"
#include "dataplane/worker/conversation.h"
#include "dataplane/worker/flow_snapshot.h"
#include "dataplane/worker/judgement.h"
#include "dataplane/worker/pipeline.h"

namespace glacis {
namespace {

// While payload moves, a flow's steps are told again after this ("Exactly" 14).
constexpr Nanos kStepsAgain = seconds(60);

}  // namespace

void Pipeline::tell_matches(Flow flow, std::span<const ContentMatch> matches, At at, const Generation& generation) {
  for (const ContentMatch& match : matches) {
    tell_data(flow, match, at, generation);
    tell_content_steps(flow, match, at, generation);
  }
}

void Pipeline::tell_data(Flow flow, const ContentMatch& match, At at, const Generation& generation) {
  uint64_t classes = generation.data_of_pattern(match.pattern);
  while (classes != 0) {
    const auto data = static_cast<uint32_t>(std::countr_zero(classes));
    classes &= classes - 1;
    const Verdict verdict = generation.judge().judge_data(question_of(flow, at.time), data, generation.zones());
    tell_judged(flow, verdict, at, generation, &match.evidence);
  }
}

StepQuestion Pipeline::step_question(const Flow& flow, At at) {
  return {question_of(flow, at.time), flow.cold.line, flow.cold.judged_here, flow.cold.outcome};
}

void Pipeline::tell_steps(Flow flow, Steps which, FlowOutcome before, At at, const Generation& generation) {
  const PathProgram& paths = generation.paths();
  const bool none = which == Steps::kAll ? paths.paths.empty() : paths.outcome_steps.empty();
  if (none || flow.hot.generation.value == 0) return;
  const StepQuestion question = step_question(flow, at);
  const StepSelector selector(generation.paths(), generation.judge());
  const auto tell = [&](StepHit hit) { tell_step(flow, hit, at, generation, nullptr); };
  if (which == Steps::kAll) {
    flow.hot.attention = at.time + kStepsAgain;
    selector.on_judged(question, tell);
  } else {
    selector.on_outcome(question, before, tell);
  }
}

void Pipeline::tell_content_steps(Flow flow, const ContentMatch& match, At at, const Generation& generation) {
  if (generation.paths().paths.empty()) return;
  const StepQuestion question = step_question(flow, at);
  const StepSelector selector(generation.paths(), generation.judge());
  selector.on_content(question, match.pattern,
                      [&](StepHit hit) { tell_step(flow, hit, at, generation, &match.evidence); });
}

// Each anomaly that a step was hit by is told once of a flow, under one judgement: whoever repeats it fills no ring.
void Pipeline::tell_anomalies(Flow flow, AnomalySet seen, At at, const Generation& generation) {
  const PathProgram& paths = generation.paths();
  const AnomalySet news = seen.without(flow.cold.anomalies);
  if (!paths.anomalies.meets(news) || flow.hot.generation.value == 0) return;
  StepSelector(paths, generation.judge()).on_anomalies(step_question(flow, at), news, [&](StepHit hit) {
    const AnomalySet asked = paths.paths[hit.path.value].steps[hit.step.value].anomalies;
    const AnomalySet hit_by{asked.bits & news.bits};
    flow.cold.anomalies.add(hit_by);
    tell_step(flow, hit, at, generation, nullptr, hit_by);
  });
}

// What the end of an alerted flow says, closes its alerts.
Worth Pipeline::worth_of_record(const Flow& flow, FlowEndReason reason) {
  const bool told_of = flow.cold.alerted != 0 || flow.cold.step_told;
  return told_of && reason != FlowEndReason::kRunning ? Worth::kVerdict : Worth::kRecord;
}

Event* Pipeline::begin(EventKind kind, const Flow& flow, At at, GenerationId generation, Worth worth) {
  Event* const event = out_.begin(kind, worth);
  if (event == nullptr) return nullptr;
  event->kind = kind;
  event->time = at.time;
  event->ordinal = at.ordinal;
  event->generation = generation;
  snapshot(flow, kind == EventKind::kFlowEnd ? flow.hot.last : at.time, event->flow);
  if (flow.cold.carrier != 0) event->flow.carrier = carriers_[flow.cold.carrier];
  return event;
}

void Pipeline::tell_step(const Flow& flow, StepHit hit, At at, const Generation& generation,
                         const EvidenceSlice* evidence, AnomalySet anomalies) {
  flow.cold.step_told = true;
  counters_.step_hits.add(1);
  Event* const event = begin(EventKind::kStepHit, flow, at, generation.id());
  if (event == nullptr) return;
  event->path = hit.path;
  event->step = hit.step;
  event->anomalies = anomalies;
  if (evidence != nullptr) event->evidence = *evidence;
  out_.send();
}

// Which of the verdict's rules the flow has not alerted for yet; remembers them.
Pipeline::NewRules Pipeline::new_rules(Flow flow, const Verdict& verdict, const Generation& generation) {
  NewRules out;
  if (!verdict.judged_here) return out;
  if (verdict.left_out != 0) counters_.rules_left_out.add(verdict.left_out);
  for (uint8_t i = 0; i < verdict.rule_count; ++i) {
    const RuleId rule = rule_id(generation, verdict.rules[i]);
    if (alerted_.contains(flow.cold.alerted, rule)) continue;
    if (!alerted_.add(flow.cold.alerted, rule)) counters_.rules_unremembered.add(1);
    out.positions[out.count++] = i;
  }
  return out;
}

void Pipeline::tell_judged(Flow flow, const Verdict& verdict, At at, const Generation& generation,
                           const EvidenceSlice* evidence) {
  const NewRules rules = new_rules(flow, verdict, generation);
  if (rules.count == 0) return;
  counters_.violations.add(1);
  // An alert that opens with its outcome needs no update.
  if (flow.cold.outcome != FlowOutcome::kAttempted) flow.cold.outcome_told = true;
  Event* const event = begin(EventKind::kJudged, flow, at, generation.id());
  if (event == nullptr) return;
  event->rule_count = rules.count;
  for (uint8_t i = 0; i < rules.count; ++i) {
    event->rules[i] = verdict.rules[rules.positions[i]];
    event->severities[i] = verdict.severities[rules.positions[i]];
  }
  event->data_alert = evidence != nullptr;
  if (evidence != nullptr) event->evidence = *evidence;
  out_.send();
}

void Pipeline::tell_outcome(Flow flow, At at) {
  // A path's alert may hang on it as well as its own.
  const bool told_of = flow.cold.alerted != 0 || flow.cold.step_told;
  if (!told_of || flow.cold.outcome_told) return;
  flow.cold.outcome_told = true;
  if (begin(EventKind::kOutcome, flow, at, flow.hot.generation) != nullptr) out_.send();
}

void Pipeline::resolve_again(Flow flow, Nanos time, const Generation& generation) {
  if (flow.hot.generation.value == 0 || flow.hot.generation == generation.id()) return;
  Layers from_initiator;
  from_initiator.key = flow.key();
  from_initiator.from_low = flow.cold.initiator_is_low;
  (void)judge_flow(flow, from_initiator, time, generation);
  // Not a word of this verdict: a flow alerts for its packets.
  flow.cold.judge_again = true;
  flow.hot.attend();
}

void Pipeline::on_deadline(Flow flow, const FlowDeadline& deadline, const Generation& generation) {
  const At at{deadline.time, flow.cold.first_ordinal};
  resolve_again(flow, deadline.time, generation);
  switch (deadline.kind) {
    case FlowDeadline::Kind::kUnanswered:
      flow.cold.outcome = outcome_without_answer(flow);
      tell_outcome(flow, at);
      return tell_steps(flow, Steps::kOutcome, FlowOutcome::kAttempted, at, generation);
    case FlowDeadline::Kind::kReport:
      own_up(flow);
      return tell_record(flow, at, FlowEndReason::kRunning);
    case FlowDeadline::Kind::kTimeout:
      return tell_end(flow, at, reason_of(flow), generation);
    case FlowDeadline::Kind::kEvicted:
      counters_.flows_evicted.add(1);
      return tell_end(flow, at, FlowEndReason::kEvicted, generation);
  }
}

void Pipeline::tell_record(Flow flow, At at, FlowEndReason reason) {
  if (flow.hot.generation.value == 0) return;  // an ICMP error quoted it, nothing more
  const Worth worth = worth_of_record(flow, reason);
  if (level_ == ShedLevel::kRecords && worth == Worth::kRecord) {
    counters_.records_shed.add(1);
  } else if (Event* const event = begin(EventKind::kFlowEnd, flow, at, flow.hot.generation, worth)) {
    event->end = reason;
    event->modelled = flow.cold.alerted != 0 ? ModelledAs::kViolation : flow.cold.modelled;
    event->line = flow.cold.line;
    out_.send();
  }
}

// What stands behind the holes of a stream that is over.
void Pipeline::tell_waiting(Flow flow, At at, const Generation& generation) {
  for (const bool to_responder : {false, true}) {
    tell_matches(flow, content_.finish(flow, to_responder, at.time), at, generation);
    counters_.anomalies.add(content_.anomalies());
    tell_anomalies(flow, content_.anomalies(), at, generation);
  }
  publish_content();
}

void Pipeline::tell_end(Flow flow, At at, FlowEndReason reason, const Generation& generation) {
  own_up(flow);
  if (content_.waits(flow)) tell_waiting(flow, at, generation);
  content_.close(flow);
  if (flow.hot.generation.value != 0 && seen_one_way(flow)) counters_.flows_one_way.add(1);
  tell_record(flow, at, reason);
  alerted_.release(flow.cold.alerted);
  carriers_.leave(flow.cold.carrier);
}

}  // namespace glacis
