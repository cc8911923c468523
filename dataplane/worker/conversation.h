#pragma once

#include <cstdint>
#include <span>

#include "dataplane/alert/event.h"
#include "dataplane/flow/flow.h"
#include "dataplane/packet/layers.h"

namespace glacis {

// Who started a flow, by one of its packets; evidence kNone: this packet does not say.
struct Starter {
  DirectionEvidence evidence = DirectionEvidence::kNone;
  bool initiator_is_low = true;
};

// SYN, SYN-ACK, a request or an answer of a known protocol (DNS, TLS, HTTP, ICMP queries). `payload`
// is hostile. Thread: any.
[[nodiscard]] Starter starter_of(const Layers& packet, std::span<const uint8_t> payload);

// Follows one packet: counters, TCP state, outcome. An ICMP error that says the
// destination is unreachable refuses an unanswered flow it quotes. An outcome once known changes only from
// established to data, or when an answer comes after all.
// Thread: the flow's worker.
enum class OutcomeChange : uint8_t { kSame, kChanged };
[[nodiscard]] OutcomeChange follow_packet(Flow flow, const Layers& packet);

// Follows how a TCP connection is opened (RFC 9293, 3.5), before follow_packet(); says what is odd about it: a SYN
// with another number, a crossed or a split handshake. Only until payload is sent: from there on the stream does it,
// where there is one. Of the end whose SYN was not the first, numbers are not known.
// Thread: the flow's worker.
[[nodiscard]] AnomalySet follow_opening(Flow flow, const Layers& packet);

// Bits of Quiet: the packets that would change nothing here. The conversation's word alone: patterns and
// abuse paths may still want to see them.
[[nodiscard]] uint8_t quiet_packets(const Flow& flow);

// The outcome when FlowTimeouts::unanswered has passed: unanswered, or unknown where the tap sees one
// side only.
[[nodiscard]] FlowOutcome outcome_without_answer(const Flow& flow);

// Whether a flow that has ended was TCP of which only one direction was seen: one side has sent two packets or
// more that carry neither SYN nor RST, so acknowledgements or payload, and the other side none of any kind. Unanswered
// attempts and scans are none of these.
[[nodiscard]] bool seen_one_way(const Flow& flow);

// Why a flow that is idle beyond its timeout is over.
[[nodiscard]] FlowEndReason reason_of(const Flow& flow);

}  // namespace glacis
