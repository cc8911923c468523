#include "dataplane/stream/handshake.h"

#include "dataplane/packet/layers.h"

namespace glacis {

AnomalySet TcpHandshake::follow(bool to_responder, const TcpSegment& segment) {
  AnomalySet out;
  Side& mine = sides_[to_responder ? 1 : 0];
  const Side& theirs = sides_[to_responder ? 0 : 1];
  if ((segment.flags & kTcpRst) != 0) return out;
  const bool ack = (segment.flags & kTcpAck) != 0;
  if ((segment.flags & kTcpSyn) != 0) {
    if (!segment.payload.empty()) out.add(Anomaly::kTcpDataOnSyn);
    if (mine.syn && mine.isn != segment.seq) out.add(Anomaly::kTcpSynAgain);
    if (!ack && !mine.syn && theirs.syn && !theirs.syn_ack) {
      mine.second = true;
      if (!mine.bare) out.add(Anomaly::kTcpSimultaneousOpen);
    }
    mine.syn = true;
    mine.syn_ack = mine.syn_ack || ack;
    mine.isn = segment.seq;
    mine.scale = segment.window_scale;
    return out;
  }
  if (!ack || !segment.payload.empty() || !theirs.syn || segment.ack != theirs.isn + 1 || mine.syn_ack) return out;
  // An answer that should have been SYN and ACK: before a SYN of its own, or after both SYNs and the other's SYN-ACK.
  mine.bare = mine.bare || (!mine.syn && !theirs.syn_ack);
  if (!mine.told && (mine.bare || (mine.second && theirs.syn_ack))) {
    mine.told = true;
    out.add(Anomaly::kTcpSplitHandshake);
  }
  return out;
}

int TcpHandshake::scale(bool to_responder) const {
  const Side &mine = side(to_responder), &theirs = side(!to_responder);
  constexpr uint8_t kMostShift = 14;  // RFC 7323, 2.3
  if (!mine.syn || !theirs.syn) return -1;
  if (mine.scale == TcpSegment::kUnknownScale || theirs.scale == TcpSegment::kUnknownScale) return -1;
  if (mine.scale == TcpSegment::kNoScale || theirs.scale == TcpSegment::kNoScale) return 0;
  return mine.scale < kMostShift ? mine.scale : kMostShift;
}

}  // namespace glacis
