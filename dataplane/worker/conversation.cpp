#include "dataplane/worker/conversation.h"

#include <array>
#include <cstring>
#include <string_view>

namespace glacis {
namespace {

bool is_icmp(uint8_t protocol) { return protocol == kIpProtoIcmp || protocol == kIpProtoIcmpV6; }

// ICMP queries and their answers (RFC 792, 950, 4443, 4861); 0: neither, +1 query, -1 answer.
int icmp_role(uint8_t protocol, uint16_t type) {
  if (protocol == kIpProtoIcmp) {
    if (type == 8 || type == 10 || type == 13 || type == 15 || type == 17) return 1;
    if (type == 0 || type == 9 || type == 14 || type == 16 || type == 18) return -1;
    return 0;
  }
  if (type == 128 || type == 130 || type == 133 || type == 135 || type == 139) return 1;
  if (type == 129 || type == 131 || type == 134 || type == 136 || type == 140) return -1;
  return 0;
}

bool begins(std::span<const uint8_t> payload, std::string_view word) {
  return payload.size() >= word.size() && std::memcmp(payload.data(), word.data(), word.size()) == 0;
}

bool http_request(std::span<const uint8_t> payload) {
  static constexpr std::array<std::string_view, 7> kMethods{"GET ",    "POST ",    "PUT ",  "HEAD ",
                                                            "DELETE ", "OPTIONS ", "PATCH "};
  for (const std::string_view method : kMethods) {
    if (begins(payload, method)) return true;
  }
  return false;
}

// TLS record of a ClientHello (+1) or a ServerHello (-1); RFC 8446, 4 and 5.1.
int tls_role(std::span<const uint8_t> payload) {
  if (payload.size() < 6 || payload[0] != 0x16 || payload[1] != 0x03) return 0;
  return payload[5] == 1 ? 1 : payload[5] == 2 ? -1 : 0;
}

// DNS: the QR bit (RFC 1035, 4.1.1).
int dns_role(const Layers& packet, std::span<const uint8_t> payload) {
  const bool port = packet.source_port() == 53 || packet.destination_port() == 53;
  if (!port || payload.size() < 12) return 0;
  return (payload[2] & 0x80) == 0 ? 1 : -1;
}

int protocol_role(const Layers& packet, std::span<const uint8_t> payload) {
  if (is_icmp(packet.key.protocol)) return icmp_role(packet.key.protocol, packet.source_port());
  if (packet.key.protocol == kIpProtoUdp) return dns_role(packet, payload);
  if (packet.key.protocol != kIpProtoTcp) return 0;
  if (http_request(payload)) return 1;
  if (begins(payload, "HTTP/1.")) return -1;
  return tls_role(payload);
}

bool handshake_done(const Flow& flow) {
  return flow.hot.tcp == TcpState::kEstablished || flow.hot.tcp == TcpState::kClosing;
}

bool answered(const Flow& flow) { return flow.sent(flow.cold.initiator_is_low ? 1 : 0); }

// Whether payload can still show who started it; see protocol_role.
bool payload_may_prove(const Flow& flow) {
  if (!assumed(flow.cold.direction)) return false;
  if (flow.protocol() == kIpProtoTcp) return true;
  const ShortKey& key = flow.hot.key;
  return flow.protocol() == kIpProtoUdp && (key.low_port == 53 || key.high_port == 53);
}

// Established: the handshake's third packet, or both ends seen in the middle of one.
void follow_tcp(Flow flow, const Layers& packet) {
  HotFlow& hot = flow.hot;
  const uint8_t flags = packet.tcp_flags;
  const bool from_initiator = packet.from_low == flow.cold.initiator_is_low;
  if ((flags & (kTcpSyn | kTcpRst)) != 0 && flow.cold.knocks != UINT8_MAX) ++flow.cold.knocks;
  if ((flags & kTcpRst) != 0) {
    const bool refuses =
        !from_initiator && (hot.tcp == TcpState::kSynSent || hot.tcp == TcpState::kNone) && flow.cold.spoke == 0;
    if (refuses && flow.cold.outcome == FlowOutcome::kAttempted) flow.cold.outcome = FlowOutcome::kRefused;
    hot.tcp = TcpState::kClosed;
    return;
  }
  if ((flags & kTcpSyn) != 0) {
    const bool answer = (flags & kTcpAck) != 0;
    if (answer && hot.tcp <= TcpState::kSynSent) hot.tcp = TcpState::kSynAckSeen;
    if (!answer && hot.tcp == TcpState::kNone) hot.tcp = TcpState::kSynSent;
    return;
  }
  if (hot.tcp == TcpState::kClosed) return;
  // An acknowledgement by the initiator ends the handshake, whether or not the tap saw its middle.
  if (hot.tcp < TcpState::kEstablished && (from_initiator || hot.tcp == TcpState::kNone)) {
    hot.tcp = TcpState::kEstablished;
  }
  if ((flags & kTcpFin) == 0) return;
  flow.cold.fins = (flow.cold.fins | (packet.from_low ? 1U : 2U)) & 3U;
  hot.tcp = flow.cold.fins == 3 ? TcpState::kClosed : TcpState::kClosing;
}

FlowOutcome outcome_now(const Flow& flow) {
  if (flow.spoke(0) && flow.spoke(1)) return FlowOutcome::kData;
  const bool tcp = flow.protocol() == kIpProtoTcp;
  if (answered(flow) && (!tcp || handshake_done(flow))) return FlowOutcome::kEstablished;
  return flow.cold.outcome;
}

// A SYN that its receiver takes. `mine`, `theirs`: the ends' bits in ColdFlow::opening.
AnomalySet follow_syn(ColdFlow& cold, const Layers& packet, unsigned mine, unsigned theirs) {
  AnomalySet out;
  TcpOpening& opening = cold.opening;
  const bool ack = (packet.tcp_flags & kTcpAck) != 0;
  if (opening.syn == 0) cold.first_syn_low = packet.from_low;
  if (cold.first_syn_low == packet.from_low) {
    const bool again = (opening.syn & mine) != 0 && cold.syn_number() != packet.tcp_seq;
    if (again) out.add(Anomaly::kTcpSynAgain);
    cold.syn_number(packet.tcp_seq);
  }
  const bool crosses =
      !ack && (opening.syn & mine) == 0 && (opening.syn & theirs) != 0 && (opening.syn_ack & theirs) == 0;
  if (crosses) {
    opening.crossed = (opening.crossed | mine) & 3U;
    if ((opening.bare & mine) == 0) out.add(Anomaly::kTcpSimultaneousOpen);
  }
  opening.syn = (opening.syn | mine) & 3U;
  if (ack) opening.syn_ack = (opening.syn_ack | mine) & 3U;
  return out;
}

}  // namespace

AnomalySet follow_opening(Flow flow, const Layers& packet) {
  ColdFlow& cold = flow.cold;
  if (flow.protocol() != kIpProtoTcp || cold.spoke != 0 || packet.bad_checksum || packet.icmp_error) return {};
  if (cold.stream != 0 || cold.scan_over || (packet.tcp_flags & kTcpRst) != 0) return {};
  const unsigned mine = packet.from_low ? 1 : 2, theirs = 3 - mine;
  if ((packet.tcp_flags & kTcpSyn) != 0) return follow_syn(cold, packet, mine, theirs);
  // A bare ACK where SYN and ACK were due: before a SYN of its own, or after both SYNs and the other's SYN-ACK.
  TcpOpening& opening = cold.opening;
  const bool answers = (packet.tcp_flags & kTcpAck) != 0 && packet.payload_bytes == 0 && (opening.syn & theirs) != 0 &&
                       (opening.syn_ack & mine) == 0 && (opening.bare & mine) == 0 &&
                       cold.first_syn_low != packet.from_low && packet.tcp_ack == cold.syn_number() + 1;
  if (!answers) return {};
  const bool before = (opening.syn & mine) == 0 && (opening.syn_ack & theirs) == 0;
  const bool behind = (opening.crossed & mine) != 0 && (opening.syn_ack & theirs) != 0;
  if (!before && !behind) return {};
  opening.bare = (opening.bare | mine) & 3U;
  return AnomalySet{} | Anomaly::kTcpSplitHandshake;
}

Starter starter_of(const Layers& packet, std::span<const uint8_t> payload) {
  if (packet.icmp_error) return {};
  if (packet.key.protocol == kIpProtoTcp && (packet.tcp_flags & kTcpSyn) != 0) {
    const bool answer = (packet.tcp_flags & kTcpAck) != 0;
    return {answer ? DirectionEvidence::kSynAck : DirectionEvidence::kSyn, answer ? !packet.from_low : packet.from_low};
  }
  const int role = protocol_role(packet, payload);
  if (role == 0) return {};
  return {DirectionEvidence::kProtocol, role > 0 ? packet.from_low : !packet.from_low};
}

OutcomeChange follow_packet(Flow flow, const Layers& packet) {
  const FlowOutcome before = flow.cold.outcome;
  if (packet.icmp_error) {
    // Only for what was seen to be sent: whoever quotes a flow that is not there proves nothing.
    const bool sent = flow.sent(0) || flow.sent(1);
    if (packet.icmp_refusal && sent && before == FlowOutcome::kAttempted && !answered(flow)) {
      flow.cold.outcome = FlowOutcome::kRefused;
    }
    return flow.cold.outcome == before ? OutcomeChange::kSame : OutcomeChange::kChanged;
  }
  const size_t side = packet.from_low ? 0 : 1;
  flow.count(side, packet.l3_bytes);
  if (packet.payload_bytes != 0) flow.cold.spoke = (flow.cold.spoke | 1U << side) & 3U;
  if (flow.protocol() == kIpProtoTcp) follow_tcp(flow, packet);
  // Also after a refusal: anyone can forge one, and an answer proves the contrary.
  flow.cold.outcome = outcome_now(flow);
  return flow.cold.outcome == before ? OutcomeChange::kSame : OutcomeChange::kChanged;
}

uint8_t quiet_packets(const Flow& flow) {
  const ColdFlow& cold = flow.cold;
  // What is not settled yet: an answer that is waited for, a handshake, who started it.
  if (cold.outcome == FlowOutcome::kAttempted && !cold.unanswered_told) return 0;
  if (flow.protocol() == kIpProtoTcp && flow.hot.tcp < TcpState::kEstablished) return 0;
  if (cold.direction == DirectionEvidence::kNone) return 0;
  uint8_t out = 0;
  for (const bool low : {true, false}) {
    const size_t side = low ? 0 : 1;
    if (!flow.sent(side)) continue;
    out |= quiet_bit(false, low);
    if (flow.spoke(side) && !payload_may_prove(flow)) out |= quiet_bit(true, low);
  }
  return out;
}

FlowOutcome outcome_without_answer(const Flow& flow) {
  if (answered(flow)) return FlowOutcome::kUnknown;
  const bool beyond_handshake = flow.protocol() == kIpProtoTcp && flow.hot.tcp >= TcpState::kEstablished;
  return beyond_handshake ? FlowOutcome::kUnknown : FlowOutcome::kUnanswered;
}

bool seen_one_way(const Flow& flow) {
  constexpr uint64_t kPackets = 2;
  if (flow.protocol() != kIpProtoTcp || flow.sent(0) == flow.sent(1)) return false;
  // More knocks than can be counted are a flood of them.
  if (flow.cold.knocks == UINT8_MAX) return false;
  return flow.packets(flow.sent(0) ? 0 : 1) >= flow.cold.knocks + kPackets;
}

FlowEndReason reason_of(const Flow& flow) {
  if (flow.hot.tcp != TcpState::kClosed) return FlowEndReason::kTimeout;
  return flow.cold.fins == 3 ? FlowEndReason::kFin : FlowEndReason::kReset;
}

}  // namespace glacis
