#include "dataplane/worker/pipeline.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <bit>

#include "dataplane/policy/rule_id.h"
#include "dataplane/worker/conversation.h"
#include "dataplane/worker/flow_snapshot.h"
#include "dataplane/worker/judgement.h"

namespace glacis {
namespace {

// While payload moves, a flow's steps are told again after this ("Exactly" 14).
constexpr Nanos kStepsAgain = seconds(60);

std::span<const uint8_t> frame_of(const rte_mbuf* mbuf) {
  return {rte_pktmbuf_mtod(mbuf, const uint8_t*), rte_pktmbuf_data_len(mbuf)};
}

std::span<const uint8_t> payload_of(const rte_mbuf* mbuf, const Layers& packet) {
  const auto frame = frame_of(mbuf);
  if (packet.payload_offset > frame.size()) return {};
  const auto rest = frame.subspan(packet.payload_offset);
  return rest.first(std::min<size_t>(rest.size(), packet.payload_bytes));
}

Nanos longest(const FlowTimeouts& t) {
  return std::max({t.half_open, t.established, t.closed, t.udp, t.icmp, t.other, t.unanswered});
}

bool has_alerted(const Flow& flow, RuleId rule) {
  const auto end = flow.alerted.begin() + flow.alerted_count;
  return std::find(flow.alerted.begin(), end, rule) != end;
}

}  // namespace

Pipeline::Pipeline(const PipelineOptions& options, SpscRing<Event>& ring, CoreCounters& counters)
    : out_(options.mode, ring, counters),
      counters_(counters),
      table_(options.flow_slots, options.timeouts, options.hash_seed),
      longest_timeout_(longest(options.timeouts)) {}

void Pipeline::process(Burst& burst, std::span<const LinkType> links, const Generation& generation) {
  if (burst.count == 0) return;
  counters_.received.add(burst.count);
  decode_burst(burst, links);
  content_.follow(generation);
  // The wheel of deadlines starts with the first packet, not in 1970.
  if (table_.swept_to().value == 0) advance(burst.time[0], generation);
  table_.lookup_burst(
      burst, [&](Flow& flow, const FlowDeadline& deadline) { on_deadline(flow, deadline, generation); },
      [&](uint16_t i, Flow& flow, bool created) { on_packet(burst, i, flow, created, generation); });
}

void Pipeline::decode_burst(Burst& burst, std::span<const LinkType> links) {
  uint64_t processed = 0, bytes = 0;
  for (uint16_t i = 0; i < burst.count; ++i) {
    if (i + 4 < burst.count) __builtin_prefetch(rte_pktmbuf_mtod(burst.mbuf[i + 4], const void*));
    Layers& layers = burst.layers[i];
    layers = decode(frame_of(burst.mbuf[i]), links[i]);
    if (layers.result != DecodeResult::kOk) {
      counters_.decode[static_cast<size_t>(layers.result)].add(1);
      continue;
    }
    ++processed;
    bytes += layers.l3_bytes;
    if (layers.bad_checksum) counters_.bad_checksum.add(1);
  }
  counters_.processed.add(processed);
  counters_.bytes.add(bytes);
}

void Pipeline::on_packet(const Burst& burst, uint16_t i, Flow& flow, bool created, const Generation& generation) {
  const Layers& packet = burst.layers[i];
  const At at{burst.time[i], burst.ordinal[i]};
  if (created) {
    flow.id = flow_id_of(flow);
    counters_.flows.add(1);
  }
  bool judge = flow.generation != generation.id();
  const auto payload = payload_of(burst.mbuf[i], packet);
  if (flow.direction == DirectionEvidence::kNone || assumed(flow.direction)) {
    const Starter starter = starter_of(packet, payload);
    if (starter.evidence != DirectionEvidence::kNone) {
      flow.direction = starter.evidence;
      flow.initiator_is_low = starter.initiator_is_low;
      judge = true;
    }
  }
  // A quoted packet proves no flow: anyone can send an ICMP error.
  judge = judge && !packet.icmp_error;
  if (judge) judge_flow(flow, packet, at.time, generation);
  const FlowOutcome before = flow.outcome;
  const OutcomeChange change = follow_packet(flow, packet);
  if (judge) tell_judged(flow, flow.verdict, at, generation, nullptr);
  if (change == OutcomeChange::kChanged) {
    resolve_again(flow, at.time, generation);
    tell_outcome(flow, at);
  }
  const bool again = packet.payload_bytes != 0 && at.time > flow.steps_told + kStepsAgain;
  if (judge || again) {
    tell_steps(flow, Steps::kAll, before, at, generation);
  } else if (change == OutcomeChange::kChanged) {
    tell_steps(flow, Steps::kOutcome, before, at, generation);
  }
  if (flow.verdict.scan) look_inside(flow, packet, payload, at, generation);
}

void Pipeline::look_inside(Flow& flow, const Layers& packet, std::span<const uint8_t> payload, At at,
                           const Generation& generation) {
  if (packet.icmp_error || !flow.verdict.judged_here) return;
  const uint64_t refused = content_.refused();
  const uint64_t reopened = content_.reopened();
  const uint64_t capped = content_.candidates_capped();
  for (const ContentMatch& match : content_.look(flow, packet, payload)) {
    tell_data(flow, match, at, generation);
    tell_content_steps(flow, match, at, generation);
  }
  counters_.candidates_capped.add(content_.candidates_capped() - capped);
  if (content_.refused() != refused) counters_.streams_refused.add(1);
  if (content_.reopened() != reopened) counters_.streams_reopened.add(1);
}

void Pipeline::tell_data(Flow& flow, const ContentMatch& match, At at, const Generation& generation) {
  uint64_t classes = generation.data_of_pattern(match.pattern);
  while (classes != 0) {
    const auto data = static_cast<uint32_t>(std::countr_zero(classes));
    classes &= classes - 1;
    const Verdict verdict = generation.judge().judge_data(question_of(flow, at.time), data, generation.zones());
    tell_judged(flow, verdict, at, generation, &match.evidence);
  }
}

void Pipeline::tell_steps(Flow& flow, Steps which, FlowOutcome before, At at, const Generation& generation) {
  if (generation.paths().paths.empty() || flow.generation.value == 0) return;
  const StepQuestion question{question_of(flow, at.time), flow.verdict, flow.outcome};
  const StepSelector selector(generation.paths(), generation.judge());
  const auto tell = [&](StepHit hit) { tell_step(flow, hit, at, generation, nullptr); };
  if (which == Steps::kAll) {
    flow.steps_told = at.time;
    selector.on_judged(question, tell);
  } else {
    selector.on_outcome(question, before, tell);
  }
}

void Pipeline::tell_content_steps(Flow& flow, const ContentMatch& match, At at, const Generation& generation) {
  if (generation.paths().paths.empty()) return;
  const StepQuestion question{question_of(flow, at.time), flow.verdict, flow.outcome};
  const StepSelector selector(generation.paths(), generation.judge());
  selector.on_content(question, match.pattern,
                      [&](StepHit hit) { tell_step(flow, hit, at, generation, &match.evidence); });
}

void Pipeline::tell_step(const Flow& flow, StepHit hit, At at, const Generation& generation,
                         const EvidenceSlice* evidence) {
  Event event;
  event.kind = EventKind::kStepHit;
  event.time = at.time;
  event.ordinal = at.ordinal;
  event.generation = generation.id();
  event.flow = snapshot_of(flow, at.time);
  event.path = hit.path;
  event.step = hit.step;
  if (evidence != nullptr) event.evidence = *evidence;
  counters_.step_hits.add(1);
  out_.push(event);
}

void Pipeline::tell_judged(Flow& flow, const Verdict& verdict, At at, const Generation& generation,
                           const EvidenceSlice* evidence) {
  if (verdict.rule_count == 0 || !verdict.judged_here) return;
  Event event;
  for (uint8_t i = 0; i < verdict.rule_count; ++i) {
    const RuleId rule = rule_id(generation, verdict.rules[i]);
    if (has_alerted(flow, rule) || flow.alerted_count == flow.alerted.size()) continue;
    flow.alerted[flow.alerted_count++] = rule;
    event.severities[event.rule_count] = verdict.severities[i];
    event.rules[event.rule_count++] = verdict.rules[i];
  }
  if (event.rule_count == 0) return;
  event.kind = EventKind::kJudged;
  event.time = at.time;
  event.ordinal = at.ordinal;
  event.generation = generation.id();
  event.flow = snapshot_of(flow, at.time);
  event.data_alert = evidence != nullptr;
  if (evidence != nullptr) event.evidence = *evidence;
  // An alert that opens with its outcome needs no update.
  if (flow.outcome != FlowOutcome::kAttempted) flow.outcome_told = true;
  counters_.violations.add(1);
  out_.push(event);
}

void Pipeline::tell_outcome(Flow& flow, At at) {
  if (flow.alerted_count == 0 || flow.outcome_told) return;
  flow.outcome_told = true;
  Event event;
  event.kind = EventKind::kOutcome;
  event.time = at.time;
  event.ordinal = at.ordinal;
  event.generation = flow.generation;
  event.flow = snapshot_of(flow, at.time);
  out_.push(event);
}

void Pipeline::resolve_again(Flow& flow, Nanos time, const Generation& generation) {
  if (flow.generation.value == 0 || flow.generation == generation.id()) return;
  Layers from_initiator;
  from_initiator.from_low = flow.initiator_is_low;
  judge_flow(flow, from_initiator, time, generation);
}

void Pipeline::on_deadline(Flow& flow, const FlowDeadline& deadline, const Generation& generation) {
  const At at{deadline.time, flow.first_ordinal};
  resolve_again(flow, deadline.time, generation);
  switch (deadline.kind) {
    case FlowDeadline::Kind::kUnanswered:
      flow.outcome = outcome_without_answer(flow);
      tell_outcome(flow, at);
      return tell_steps(flow, Steps::kOutcome, FlowOutcome::kAttempted, at, generation);
    case FlowDeadline::Kind::kTimeout:
      return tell_end(flow, at, reason_of(flow));
    case FlowDeadline::Kind::kEvicted:
      counters_.flows_evicted.add(1);
      return tell_end(flow, at, FlowEndReason::kEvicted);
  }
}

void Pipeline::tell_end(Flow& flow, At at, FlowEndReason reason) {
  content_.close(flow);
  if (flow.generation.value == 0) return;  // an ICMP error quoted it, nothing more
  Event event;
  event.kind = EventKind::kFlowEnd;
  event.time = at.time;
  event.ordinal = at.ordinal;
  event.generation = flow.generation;
  event.flow = snapshot_of(flow, flow.last);
  event.end = reason;
  event.modelled = flow.alerted_count != 0 ? ModelledAs::kViolation : flow.verdict.modelled;
  event.line = flow.verdict.line;
  out_.push(event);
}

void Pipeline::advance(Nanos clock, const Generation& generation) {
  table_.advance(clock, [&](Flow& flow, const FlowDeadline& deadline) { on_deadline(flow, deadline, generation); });
}

void Pipeline::shut_down(Nanos clock, const Generation& generation) {
  table_.drain([&](Flow& flow) {
    resolve_again(flow, flow.last, generation);
    tell_end(flow, {std::max(clock, flow.last), flow.first_ordinal}, FlowEndReason::kShutdown);
  });
}

}  // namespace glacis
