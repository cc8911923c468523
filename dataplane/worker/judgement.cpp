#include "dataplane/worker/judgement.h"

namespace glacis {
namespace {

bool is_icmp(uint8_t protocol) { return protocol == kIpProtoIcmp || protocol == kIpProtoIcmpV6; }

Question question(const Flow& flow, bool initiator_is_low, Nanos time) {
  Question q;
  q.initiator = initiator_is_low ? flow.low_place : flow.high_place;
  q.responder = initiator_is_low ? flow.high_place : flow.low_place;
  // ICMP's type and code are no port that a rule could name.
  q.responder_port = is_icmp(flow.key.protocol) ? uint16_t{0}
                     : initiator_is_low         ? flow.key.high_port
                                                : flow.key.low_port;
  q.protocol = flow.key.protocol;
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
  if (!is_icmp(flow.key.protocol) && flow.key.low_port != flow.key.high_port) {
    return {flow.key.high_port < flow.key.low_port, DirectionEvidence::kLowerPort};
  }
  return {packet.from_low, DirectionEvidence::kFirstPacket};
}

bool proved(DirectionEvidence evidence) { return evidence != DirectionEvidence::kNone && !assumed(evidence); }

}  // namespace

Question question_of(const Flow& flow, Nanos time) { return question(flow, flow.initiator_is_low, time); }

void judge_flow(Flow& flow, const Layers& packet, Nanos time, const Generation& generation) {
  const ZoneTable& zones = generation.zones();
  flow.generation = generation.id();
  flow.low_place = zones.place(flow.key.low);
  flow.high_place = zones.place(flow.key.high);
  // Multicast, broadcast and loopback are never crossings; nothing is asked of them.
  if (never_crosses(flow.key.low) || never_crosses(flow.key.high)) {
    if (!proved(flow.direction)) {
      flow.initiator_is_low = packet.from_low;
      flow.direction = DirectionEvidence::kFirstPacket;
    }
    flow.verdict = Verdict{};
    return;
  }
  if (proved(flow.direction)) {
    flow.verdict = generation.judge().judge(question_of(flow, time), zones);
    return;
  }
  const Verdict low_started = generation.judge().judge(question(flow, true, time), zones);
  const Verdict high_started = generation.judge().judge(question(flow, false, time), zones);
  const Reading reading = choose(flow, packet, low_started, high_started);
  flow.initiator_is_low = reading.initiator_is_low;
  flow.direction = reading.evidence;
  flow.verdict = reading.initiator_is_low ? low_started : high_started;
}

}  // namespace glacis
