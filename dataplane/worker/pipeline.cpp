#include "dataplane/worker/pipeline.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "dataplane/decode/decode_brief.h"
#include "dataplane/decode/decode_usual.h"
#include "dataplane/packet/frame.h"
#include "dataplane/policy/rule_id.h"
#include "dataplane/worker/conversation.h"
#include "dataplane/worker/flow_snapshot.h"
#include "dataplane/worker/judgement.h"

namespace glacis {
namespace {

// Flows that one poll looks at because of their deadlines: twenty thousand that end in one tick stall nobody.
constexpr size_t kMostAged = 256;
constexpr Nanos kMostBehind = seconds(1);

// While payload moves, a flow's steps are told again after this ("Exactly" 14).
constexpr Nanos kStepsAgain = seconds(60);

std::span<const uint8_t> payload_of(const rte_mbuf* mbuf, const Layers& packet) {
  const auto frame = frame_of(mbuf);
  if (packet.payload_offset > frame.size()) return {};
  const auto rest = frame.subspan(packet.payload_offset);
  return rest.first(std::min<size_t>(rest.size(), packet.payload_bytes));
}

// A NIC that was asked to has verified both; what it calls bad is summed again, so that one counter means
// one thing.
Checksums checksums_of(const rte_mbuf* mbuf) {
  constexpr uint64_t kMask = RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK;
  constexpr uint64_t kGood = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  return (mbuf->ol_flags & kMask) == kGood ? Checksums::kKnownGood : Checksums::kVerify;
}

Nanos longest(const FlowTimeouts& t) {
  return std::max({t.half_open, t.established, t.closed, t.udp, t.icmp, t.other, t.unanswered});
}

// An answer after what had been told as none.
bool overturned(FlowOutcome before, FlowOutcome now) {
  const bool answered = now == FlowOutcome::kEstablished || now == FlowOutcome::kData;
  return answered && before != FlowOutcome::kAttempted && before != FlowOutcome::kEstablished;
}

// What decode_burst() left to the packets that are more than counted.
const Layers& layers_of(Burst& burst, uint16_t i) {
  Layers& out = burst.layers[i];
  if (burst.is_filled(i)) return out;
  (void)decode_usual(frame_of(burst.mbuf[i]), out, Checksums::kKnownGood);
  out.bad_checksum = burst.brief[i].bad_checksum;
  return out;
}

constexpr Nanos kNever{std::numeric_limits<int64_t>::max()};

}  // namespace

Pipeline::Pipeline(const PipelineOptions& options, SpscRing<Event>& ring, CoreCounters& counters)
    : out_(options.mode, ring, counters),
      counters_(counters),
      way_(options.way),
      table_(options.flow_slots, options.timeouts, options.hash_seed),
      alerted_(options.flow_slots / kFlowsPerAlertedRule + 1024),
      longest_timeout_(longest(options.timeouts)) {}

void Pipeline::shed(ShedLevel level) {
  level_ = level;
  content_.shed(level);
  table_.skip(level >= ShedLevel::kAllScans   ? Skipping::kAll
              : level >= ShedLevel::kNewScans ? Skipping::kNotBegun
                                              : Skipping::kNothing);
}

void Pipeline::process(Burst& burst, std::span<const LinkType> links, const Generation& generation) {
  if (burst.count == 0) return;
  counters_.received.add(burst.count);
  decode_burst(burst, links);
  content_.follow(generation);
  // The wheel of deadlines starts with the first packet, not in 1970.
  if (table_.swept_to().value == 0) advance(burst.time[0], generation);
  table_.lookup_burst(
      burst, generation.id(), [&](uint16_t i) -> const Layers& { return layers_of(burst, i); },
      [&](Flow flow, const FlowDeadline& deadline) { on_deadline(flow, deadline, generation); },
      [&](uint16_t i, Flow flow, bool created) { on_packet(burst, i, flow, created, generation); });
  counters_.quiet.set(table_.counters().quiet);
}

void Pipeline::decode_burst(Burst& burst, std::span<const LinkType> links) {
  prefetch_frames(burst);
  burst.filled = 0;
  uint64_t processed = 0, bytes = 0, bad = 0;
  const bool fast = way_ == PacketWay::kFast;
  const uint32_t count = burst.count;
  for (uint32_t i = 0; i < count; ++i) {
    const rte_mbuf* const mbuf = burst.mbuf[i];
    Brief& brief = burst.brief[i];
    const bool may = fast && links[i] == LinkType::kEthernet;
    if (!may || !decode_brief(frame_of(mbuf), checksums_of(mbuf), brief)) {
      decode_whole(burst, static_cast<uint16_t>(i), links[i]);
    }
    processed += brief.ip_version != 0 ? 1 : 0;
    bytes += brief.l3_bytes;
    bad += brief.bad_checksum ? 1 : 0;
  }
  counters_.processed.add(processed);
  counters_.bytes.add(bytes);
  if (bad != 0) counters_.bad_checksum.add(bad);
}

// Not inlined, so that the loop over usual frames keeps its registers.
[[gnu::noinline]] void Pipeline::decode_whole(Burst& burst, uint16_t i, LinkType link) {
  Layers& layers = burst.layers[i];
  const auto frame = frame_of(burst.mbuf[i]);
  const Checksums checksums = checksums_of(burst.mbuf[i]);
  if (way_ == PacketWay::kFast) {
    decode_fast(frame, link, layers, checksums);
  } else {
    layers = decode(frame, link, checksums);
  }
  burst.summarize(i);
  if (layers.result != DecodeResult::kOk) counters_.decode[static_cast<size_t>(layers.result)].add(1);
}

void Pipeline::on_packet(const Burst& burst, uint16_t i, Flow flow, bool created, const Generation& generation) {
  const Layers& packet = burst.layers[i];
  const At at{burst.time[i], burst.ordinal[i]};
  own_up(flow);
  ColdFlow& cold = flow.cold;
  if (created) {
    counters_.flows.add(1);
    flow.hot.attention = kNever;
  }
  bool judge = flow.hot.generation != generation.id() || cold.judge_again;
  const auto payload = payload_of(burst.mbuf[i], packet);
  if (cold.direction == DirectionEvidence::kNone || assumed(cold.direction)) {
    const Starter starter = starter_of(packet, payload);
    if (starter.evidence != DirectionEvidence::kNone) {
      cold.direction = starter.evidence;
      cold.initiator_is_low = starter.initiator_is_low;
      judge = true;
    }
  }
  // A quoted packet proves no flow: anyone can send an ICMP error.
  judge = judge && !packet.icmp_error;
  Verdict verdict;
  if (judge) {
    verdict = judge_flow(flow, packet, at.time, generation);
    cold.judge_again = false;
  }
  const FlowOutcome before = cold.outcome;
  const OutcomeChange change = follow_packet(flow, packet);
  if (judge) tell_judged(flow, verdict, at, generation, nullptr);
  if (change == OutcomeChange::kChanged) {
    resolve_again(flow, at.time, generation);
    if (overturned(before, cold.outcome)) cold.outcome_told = false;
    tell_outcome(flow, at);
  }
  const bool again = packet.payload_bytes != 0 && at.time > flow.hot.attention;
  if (judge || again) {
    tell_steps(flow, Steps::kAll, before, at, generation);
  } else if (change == OutcomeChange::kChanged) {
    tell_steps(flow, Steps::kOutcome, before, at, generation);
  }
  if (cold.scan) look_inside(flow, packet, payload, at, generation);
  settle(flow);
}

// The plain way takes every packet through every step.
void Pipeline::settle(Flow flow) {
  if (way_ == PacketWay::kPlain) return;
  constexpr uint8_t kEmpty = quiet_bit(false, true) | quiet_bit(false, false);
  const uint8_t quiet = flow.cold.judge_again ? uint8_t{0} : quiet_packets(flow);
  const bool looked_into = flow.cold.scan && flow.cold.judged_here && content_.wants(flow);
  flow.hot.quiet = quiet;
  if (!looked_into) return;
  const auto begun = content_.has_stream(flow) ? uint8_t{0} : static_cast<uint8_t>(Skip::kNotBegun);
  flow.hot.quiet = static_cast<uint8_t>((quiet & kEmpty) | skippable(quiet) | begun);
}

// What the table has counted alone because the worker was too full to search it.
void Pipeline::own_up(Flow flow) {
  if (!flow.hot.has(Skip::kSkipped)) return;
  flow.hot.quiet = 0;
  content_.give_up(flow);
  publish_content();
}

void Pipeline::look_inside(Flow flow, const Layers& packet, std::span<const uint8_t> payload, At at,
                           const Generation& generation) {
  if (packet.icmp_error || !flow.cold.judged_here) return;
  const uint64_t capped = content_.candidates_capped();
  for (const ContentMatch& match : content_.look(flow, packet, payload, at.time)) {
    tell_data(flow, match, at, generation);
    tell_content_steps(flow, match, at, generation);
  }
  // Of the scanner in use alone, which goes with its patterns; the others are totals.
  counters_.candidates_capped.add(content_.candidates_capped() - capped);
  publish_content();
}

void Pipeline::publish_content() {
  const Content::Counters& content = content_.counters();
  counters_.stream_gaps.set(content_.order_counters().gaps);
  counters_.stream_out_of_window.set(content_.order_counters().out_of_window);
  counters_.streams_refused.set(content.refused);
  counters_.streams_reopened.set(content.reopened);
  counters_.scans_shed.set(content.scans_shed);
  counters_.streams_shed.set(content.streams_shed);
  counters_.elephants_shed.set(content.elephants_shed);
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
  return event;
}

void Pipeline::tell_step(const Flow& flow, StepHit hit, At at, const Generation& generation,
                         const EvidenceSlice* evidence) {
  flow.cold.step_told = true;
  counters_.step_hits.add(1);
  Event* const event = begin(EventKind::kStepHit, flow, at, generation.id());
  if (event == nullptr) return;
  event->path = hit.path;
  event->step = hit.step;
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
      return tell_end(flow, at, reason_of(flow));
    case FlowDeadline::Kind::kEvicted:
      counters_.flows_evicted.add(1);
      return tell_end(flow, at, FlowEndReason::kEvicted);
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

void Pipeline::tell_end(Flow flow, At at, FlowEndReason reason) {
  own_up(flow);
  content_.close(flow);
  if (flow.hot.generation.value != 0 && seen_one_way(flow)) counters_.flows_one_way.add(1);
  tell_record(flow, at, reason);
  alerted_.release(flow.cold.alerted);
}

void Pipeline::advance(Nanos clock, const Generation& generation) {
  table_.advance(
      clock, [&](Flow flow, const FlowDeadline& deadline) { on_deadline(flow, deadline, generation); },
      most_aged(clock));
}

// Live, as many as the event ring has room for. Once that is a second behind, what hangs on a deadline (an
// outcome, a step, a place in the table) is worth more than the records that are shed then.
size_t Pipeline::most_aged(Nanos clock) {
  const size_t room = out_.room_for_records();
  if (room == SIZE_MAX) return room;
  const bool behind = table_.swept_to() + kMostBehind < clock;
  return behind ? kMostAged : std::min(kMostAged, room / 2);
}

void Pipeline::shut_down(Nanos clock, const Generation& generation) {
  out_.wait_when_full();
  table_.drain([&](Flow flow) {
    resolve_again(flow, flow.hot.last, generation);
    tell_end(flow, {std::max(clock, flow.hot.last), flow.cold.first_ordinal}, FlowEndReason::kShutdown);
  });
}

}  // namespace glacis
