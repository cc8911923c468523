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

bool handshake_done(const Flow& flow) { return flow.tcp == TcpState::kEstablished || flow.tcp == TcpState::kClosing; }

bool answered(const Flow& flow) { return flow.packets[flow.initiator_is_low ? 1 : 0] != 0; }

// Established: the handshake's third packet, or both ends seen in the middle of one.
void follow_tcp(Flow& flow, const Layers& packet) {
  const uint8_t flags = packet.tcp_flags;
  const bool from_initiator = packet.from_low == flow.initiator_is_low;
  if ((flags & kTcpRst) != 0) {
    const bool refuses = !from_initiator && (flow.tcp == TcpState::kSynSent || flow.tcp == TcpState::kNone) &&
                         flow.payload[0] + flow.payload[1] == 0;
    if (refuses && flow.outcome == FlowOutcome::kAttempted) flow.outcome = FlowOutcome::kRefused;
    flow.tcp = TcpState::kClosed;
    return;
  }
  if ((flags & kTcpSyn) != 0) {
    const bool answer = (flags & kTcpAck) != 0;
    if (answer && flow.tcp <= TcpState::kSynSent) flow.tcp = TcpState::kSynAckSeen;
    if (!answer && flow.tcp == TcpState::kNone) flow.tcp = TcpState::kSynSent;
    return;
  }
  if (flow.tcp == TcpState::kClosed) return;
  // An acknowledgement by the initiator ends the handshake, whether or not the tap saw its middle.
  if (flow.tcp < TcpState::kEstablished && (from_initiator || flow.tcp == TcpState::kNone)) {
    flow.tcp = TcpState::kEstablished;
  }
  if ((flags & kTcpFin) == 0) return;
  flow.fins |= packet.from_low ? 1 : 2;
  flow.tcp = flow.fins == 3 ? TcpState::kClosed : TcpState::kClosing;
}

FlowOutcome outcome_now(const Flow& flow) {
  if (flow.payload[0] != 0 && flow.payload[1] != 0) return FlowOutcome::kData;
  const bool tcp = flow.key.protocol == kIpProtoTcp;
  if (answered(flow) && (!tcp || handshake_done(flow))) return FlowOutcome::kEstablished;
  return flow.outcome;
}

}  // namespace

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

OutcomeChange follow_packet(Flow& flow, const Layers& packet) {
  const FlowOutcome before = flow.outcome;
  if (packet.icmp_error) {
    if (before == FlowOutcome::kAttempted && !answered(flow)) flow.outcome = FlowOutcome::kRefused;
    return flow.outcome == before ? OutcomeChange::kSame : OutcomeChange::kChanged;
  }
  const size_t side = packet.from_low ? 0 : 1;
  ++flow.packets[side];
  flow.bytes[side] += packet.l3_bytes;
  flow.payload[side] += packet.payload_bytes;
  if (flow.key.protocol == kIpProtoTcp) follow_tcp(flow, packet);
  // A refusal stays one: what a port scan's retry brings is told by the flow record.
  if (flow.outcome != FlowOutcome::kRefused) flow.outcome = outcome_now(flow);
  return flow.outcome == before ? OutcomeChange::kSame : OutcomeChange::kChanged;
}

FlowOutcome outcome_without_answer(const Flow& flow) {
  if (answered(flow)) return FlowOutcome::kUnknown;
  const bool beyond_handshake = flow.key.protocol == kIpProtoTcp && flow.tcp >= TcpState::kEstablished;
  return beyond_handshake ? FlowOutcome::kUnknown : FlowOutcome::kUnanswered;
}

FlowEndReason reason_of(const Flow& flow) {
  if (flow.tcp != TcpState::kClosed) return FlowEndReason::kTimeout;
  return flow.fins == 3 ? FlowEndReason::kFin : FlowEndReason::kReset;
}

}  // namespace glacis
