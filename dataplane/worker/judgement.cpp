#include "dataplane/worker/judgement.h"

namespace glacis {
namespace {

bool is_icmp(uint8_t protocol) { return protocol == kIpProtoIcmp || protocol == kIpProtoIcmpV6; }

Question question(const Flow& flow, bool initiator_is_low, Nanos time) {
  Question q;
  q.initiator = initiator_is_low ? flow.cold.low_place : flow.cold.high_place;
  q.responder = initiator_is_low ? flow.cold.high_place : flow.cold.low_place;
  // ICMP's type and code are no port that a rule could name.
  q.responder_port = is_icmp(flow.protocol()) ? uint16_t{0}
                     : initiator_is_low       ? flow.hot.key.high_port
                                              : flow.hot.key.low_port;
  q.protocol = flow.protocol();
  q.time = time;
  return q;
}

bool breaks(const Verdict& verdict) { return verdict.rule_count != 0 && verdict.judged_here; }

struct Reading {
  bool initiator_is_low;
  DirectionEvidence evidence;
};

Reading choose(const Flow& flow, const Layers& packet, const Verdict& low_started, const Verdict& high_started) {
  const bool low_line = low_started.modelled == ModelledAs::kLine;
  const bool high_line = high_started.modelled == ModelledAs::kLine;
  if (low_line != high_line) return {low_line, DirectionEvidence::kModelled};
  if (breaks(low_started) != breaks(high_started)) {
    return {!breaks(low_started), DirectionEvidence::kModelled};
  }
  const ShortKey& key = flow.hot.key;
  if (!is_icmp(flow.protocol()) && key.low_port != key.high_port) {
    return {key.high_port < key.low_port, DirectionEvidence::kLowerPort};
  }
  return {packet.from_low, DirectionEvidence::kFirstPacket};
}

bool proved(DirectionEvidence evidence) { return evidence != DirectionEvidence::kNone && !assumed(evidence); }

// Nothing has proved who started it: what the model says of either reading decides.
Verdict decide_direction(Flow flow, const Layers& packet, Nanos time, const Generation& generation) {
  Verdict low_started = generation.judge().judge(question(flow, true, time), generation.zones());
  const Verdict high_started = generation.judge().judge(question(flow, false, time), generation.zones());
  const Reading reading = choose(flow, packet, low_started, high_started);
  flow.cold.initiator_is_low = reading.initiator_is_low;
  flow.cold.direction = reading.evidence;
  if (!reading.initiator_is_low) low_started = high_started;
  return low_started;
}

// The verdict; the flow's direction is decided where nothing has proved it.
Verdict decide(Flow flow, const Layers& packet, Nanos time, const Generation& generation) {
  ColdFlow& cold = flow.cold;
  // Multicast, broadcast and loopback are never crossings; nothing is asked of them.
  if (never_crosses(packet.key.low) || never_crosses(packet.key.high)) {
    if (!proved(cold.direction)) {
      cold.initiator_is_low = packet.from_low;
      cold.direction = DirectionEvidence::kFirstPacket;
    }
    return {};
  }
  if (!proved(cold.direction)) return decide_direction(flow, packet, time, generation);
  return generation.judge().judge(question_of(flow, time), generation.zones());
}

}  // namespace

Question question_of(const Flow& flow, Nanos time) { return question(flow, flow.cold.initiator_is_low, time); }

Verdict judge_flow(Flow flow, const Layers& packet, Nanos time, const Generation& generation) {
  ColdFlow& cold = flow.cold;
  flow.hot.generation = generation.id();
  cold.low_place = generation.zones().place(packet.key.low);
  cold.high_place = generation.zones().place(packet.key.high);
  const Verdict verdict = decide(flow, packet, time, generation);
  cold.modelled = verdict.modelled;
  cold.line = verdict.line;
  cold.scan = verdict.scan;
  cold.judged_here = verdict.judged_here;
  return verdict;
}

}  // namespace glacis
