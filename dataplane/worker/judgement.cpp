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

struct Reading {
  bool initiator_is_low;
  DirectionEvidence evidence;
};

// Without a word from the model: the end with the greater port, else who was seen first.
Reading guess(const Flow& flow, const Layers& packet) {
  const ShortKey& key = flow.hot.key;
  const bool by_port = !is_icmp(flow.protocol()) && key.low_port != key.high_port;
  if (by_port) return {key.high_port < key.low_port, DirectionEvidence::kLowerPort};
  return {packet.from_low, DirectionEvidence::kFirstPacket};
}

bool proved(DirectionEvidence evidence) { return evidence != DirectionEvidence::kNone && !assumed(evidence); }

// Nothing has proved who started it: the model's word, else the guess.
Verdict decide_direction(Flow flow, const Layers& packet, Nanos time, const Generation& generation) {
  const Reading guessed = guess(flow, packet);
  const EitherWay decided =
      generation.judge().judge_either(question(flow, guessed.initiator_is_low, time),
                                      question(flow, !guessed.initiator_is_low, time), generation.zones());
  flow.cold.initiator_is_low = guessed.initiator_is_low != decided.turned;
  flow.cold.direction = decided.told ? DirectionEvidence::kModelled : guessed.evidence;
  return decided.verdict;
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
