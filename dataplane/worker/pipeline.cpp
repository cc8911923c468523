#include "dataplane/worker/pipeline.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <limits>

#include "dataplane/decode/decode_brief.h"
#include "dataplane/decode/decode_usual.h"
#include "dataplane/packet/frame.h"
#include "dataplane/worker/conversation.h"
#include "dataplane/worker/judgement.h"

namespace glacis {
namespace {

// Flows that one poll looks at because of their deadlines: twenty thousand that end in one tick stall nobody.
constexpr size_t kMostAged = 256;
constexpr Nanos kMostBehind = seconds(1);

std::span<const uint8_t> payload_of(const rte_mbuf* mbuf, const Layers& packet) {
  const auto frame = frame_of(mbuf);
  if (packet.payload_offset > frame.size()) return {};
  const auto rest = frame.subspan(packet.payload_offset);
  return rest.first(std::min<size_t>(rest.size(), packet.payload_bytes));
}

// A NIC that was asked to has verified both; what it calls bad is summed again, so that one counter means
// one thing.
DecodeOptions options_for(const rte_mbuf* mbuf, DecodeOptions options) {
  constexpr uint64_t kMask = RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK;
  constexpr uint64_t kGood = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  if ((mbuf->ol_flags & kMask) == kGood) options.checksums = Checksums::kKnownGood;
  return options;
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
const Layers& layers_of(Burst& burst, uint16_t i, DecodeOptions options) {
  Layers& out = burst.layers[i];
  if (burst.is_filled(i)) return out;
  options.checksums = Checksums::kKnownGood;
  (void)decode_usual(frame_of(burst.mbuf[i]), out, options);
  out.bad_checksum = burst.brief[i].bad_checksum;
  if (out.bad_checksum) out.anomalies.add(Anomaly::kBadChecksum);
  return out;
}

constexpr Nanos kNever{std::numeric_limits<int64_t>::max()};

// Counted where they are found: with the burst's sums, and by who puts fragments together.
constexpr AnomalySet kCountedBefore = AnomalySet{} | Anomaly::kBadChecksum | Anomaly::kFragmentOverlap |
                                      Anomaly::kFragmentConflict | Anomaly::kFragmentTiny | Anomaly::kFragmentOversize |
                                      Anomaly::kFragmentTtl | Anomaly::kFragmentMissing | Anomaly::kFragmentLimit |
                                      Anomaly::kFragmentLength;

}  // namespace

Pipeline::Pipeline(const PipelineOptions& options, SpscRing<Event>& ring, CoreCounters& counters)
    : out_(options.mode, ring, counters),
      counters_(counters),
      way_(options.way),
      joiner_(options.joiner),
      decode_(options.decode),
      table_(options.flow_slots, options.timeouts, options.hash_seed),
      carriers_(options.hash_seed),
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
  decode_burst(burst, links, generation);
  content_.follow(generation);
  // The wheel of deadlines starts with the first packet, not in 1970.
  if (table_.swept_to().value == 0) advance(burst.time[0], generation);
  table_.lookup_burst(
      burst, generation.id(), [&](uint16_t i) -> const Layers& { return layers_of(burst, i, decode_); },
      [&](Flow flow, const FlowDeadline& deadline) { on_deadline(flow, deadline, generation); },
      [&](uint16_t i, Flow flow, bool created) { on_packet(burst, i, flow, created, generation); });
  counters_.quiet.set(table_.counters().quiet);
}

void Pipeline::decode_burst(Burst& burst, std::span<const LinkType> links, const Generation& generation) {
  prefetch_frames(burst);
  burst.filled = 0;
  burst.datagrams = 0;
  uint64_t processed = 0, bytes = 0, bad = 0;
  const bool fast = way_ == PacketWay::kFast;
  const AnomalySet wanted = generation.paths().anomalies;  // some step asks for these
  const uint32_t count = burst.count;
  for (uint32_t i = 0; i < count; ++i) {
    const rte_mbuf* const mbuf = burst.mbuf[i];
    Brief& brief = burst.brief[i];
    const bool may = fast && links[i] == LinkType::kEthernet;
    if (!may || !decode_brief(frame_of(mbuf), options_for(mbuf, decode_), brief)) {
      decode_whole(burst, static_cast<uint16_t>(i), links[i], generation);
    } else if (brief.bad_checksum && wanted.has(Anomaly::kBadChecksum)) {
      brief.quiet = 0;
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
[[gnu::noinline]] void Pipeline::decode_whole(Burst& burst, uint16_t i, LinkType link, const Generation& generation) {
  Layers& layers = burst.layers[i];
  const auto frame = frame_of(burst.mbuf[i]);
  const DecodeOptions options = options_for(burst.mbuf[i], decode_);
  if (link == LinkType::kDatagram) {
    layers = layers_of_datagram(burst.mbuf[i], decode_);
    burst.datagrams |= uint64_t{1} << i;
  } else if (way_ == PacketWay::kFast) {
    decode_fast(frame, link, layers, options);
  } else {
    layers = decode(frame, link, options);
  }
  if (layers.result == DecodeResult::kFragment && joiner_ != nullptr && !join_fragments(burst, i, generation)) {
    return burst.summarize(i);  // counted there
  }
  burst.summarize(i);
  counters_.anomalies.add(layers.anomalies.without(kCountedBefore));
  if (generation.paths().anomalies.meets(layers.anomalies)) burst.brief[i].quiet = 0;
  if (layers.result != DecodeResult::kOk) counters_.decode[static_cast<size_t>(layers.result)].add(1);
}

// A datagram that the fragment makes whole takes its place. Whether one did; else the burst's place is empty.
bool Pipeline::join_fragments(Burst& burst, uint16_t i, const Generation& generation) {
  Layers& layers = burst.layers[i];
  for (int joined = 0; joined < kMaxTunnels && layers.result == DecodeResult::kFragment; ++joined) {
    burst.mbuf[i] = joiner_->join(burst, i, layers, generation);
    if (burst.mbuf[i] == nullptr) return false;
    burst.datagrams |= uint64_t{1} << i;
    layers = layers_of_datagram(burst.mbuf[i], decode_);
  }
  return true;
}

void Pipeline::on_packet(const Burst& burst, uint16_t i, Flow flow, bool created, const Generation& generation) {
  const Layers& packet = burst.layers[i];
  const At at{burst.time[i], burst.ordinal[i]};
  own_up(flow);
  ColdFlow& cold = flow.cold;
  if (created) {
    counters_.flows.add(1);
    flow.hot.attention = kNever;
    if (packet.tunnel != TunnelKind::kNone) {
      cold.carrier = carriers_.enter(Carrier(packet));
      counters_.carriers_refused.set(carriers_.refused());
    }
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
  if (judge) cold.anomalies = {};
  const FlowOutcome before = cold.outcome;
  const bool silent = cold.spoke == 0;
  const AnomalySet opening = follow_opening(flow, packet);
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
  AnomalySet shown = packet.anomalies;
  if (cold.scan) shown.add(look_inside(flow, packet, payload, silent, at, generation));
  if (cold.scan && burst.is_datagram(i)) look_at_other_reading(flow, burst.mbuf[i], at, generation);
  counters_.anomalies.add(opening);
  shown.add(opening);
  if (!shown.empty() && !packet.icmp_error) tell_anomalies(flow, shown, at, generation);
  settle(flow);
}

// The plain way takes every packet through every step.
void Pipeline::settle(Flow flow) {
  if (way_ == PacketWay::kPlain) return;
  const uint8_t quiet = flow.cold.judge_again ? uint8_t{0} : quiet_packets(flow);
  flow.hot.quiet = quiet;
  if (!flow.cold.scan || !flow.cold.judged_here || !content_.wants(flow)) return;
  // Acknowledgements of a stream that is read say what of it has arrived.
  constexpr uint8_t kEmpty = quiet_bit(false, true) | quiet_bit(false, false);
  const bool begun = content_.has_stream(flow);
  const int counted = begun ? quiet & content_.unread(flow) : (quiet & kEmpty) | static_cast<uint8_t>(Skip::kNotBegun);
  flow.hot.quiet = static_cast<uint8_t>(counted | skippable(quiet));
}

// What the table has counted alone because the worker was too full to search it.
void Pipeline::own_up(Flow flow) {
  if (!flow.hot.has(Skip::kSkipped)) return;
  flow.hot.quiet = 0;
  content_.give_up(flow);
  publish_content();
}

// What was odd about its stream. `silent`: no payload came before.
AnomalySet Pipeline::look_inside(Flow flow, const Layers& packet, std::span<const uint8_t> payload, bool silent, At at,
                                 const Generation& generation) {
  if (packet.icmp_error || !flow.cold.judged_here) return {};
  const uint64_t capped = content_.candidates_capped();
  tell_matches(flow, content_.look(flow, packet, payload, at.time, silent, generation), at, generation);
  // Of the scanner in use alone, which goes with its patterns; the others are totals.
  counters_.candidates_capped.add(content_.candidates_capped() - capped);
  publish_content();
  // A reset that its receiver does not take ends nothing: else a forged one and a pause would cut the stream.
  if (flow.hot.tcp == TcpState::kClosed && flow.cold.fins != 3 && content_.reads_on(flow)) {
    flow.hot.tcp = TcpState::kEstablished;
  }
  counters_.anomalies.add(content_.anomalies());
  return content_.anomalies();
}

// What another end makes of fragments that conflict: told like what the packet itself shows.
void Pipeline::look_at_other_reading(Flow flow, const rte_mbuf* datagram, At at, const Generation& generation) {
  const auto bytes = other_reading(datagram);
  if (bytes.empty() || !flow.cold.judged_here) return;
  const Layers other = layers_of_other_reading(datagram);
  if (other.result != DecodeResult::kOk || other.icmp_error || other.payload_bytes == 0) return;
  const auto payload = bytes.subspan(other.payload_offset, other.payload_bytes);
  tell_matches(flow, content_.look_apart(flow, other, payload, at.time), at, generation);
  publish_content();
}

void Pipeline::publish_content() {
  const Content::Counters& content = content_.counters();
  const StreamCounters& streams = content_.order_counters();
  counters_.stream_gaps.set(streams.gaps);
  counters_.stream_out_of_window.set(streams.out_of_window);
  counters_.stream_waited.set(streams.waited);
  counters_.stream_lost_bytes.set(streams.evicted_bytes);
  counters_.stream_conflicts.set(streams.conflicts);
  counters_.depth_reached.set(streams.depth_reached);
  counters_.readings_refused.set(content.others_refused);
  counters_.streams_refused.set(content.refused);
  counters_.streams_reopened.set(content.reopened);
  counters_.scans_shed.set(content.scans_shed);
  counters_.streams_shed.set(content.streams_shed);
  counters_.elephants_shed.set(content.elephants_shed);
}

void Pipeline::advance(Nanos clock, const Generation& generation) {
  if (joiner_ != nullptr) joiner_->advance(clock, generation);
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
  if (joiner_ != nullptr) joiner_->finish(generation);
  out_.wait_when_full();
  table_.drain([&](Flow flow) {
    resolve_again(flow, flow.hot.last, generation);
    tell_end(flow, {std::max(clock, flow.hot.last), flow.cold.first_ordinal}, FlowEndReason::kShutdown, generation);
  });
}

}  // namespace glacis
