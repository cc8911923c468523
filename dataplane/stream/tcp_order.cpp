#include "dataplane/stream/tcp_order.h"

namespace glacis {
namespace {

// Far above the windows that operating systems grant by default (6 to 16 MiB); RFC 7323 allows 1 GiB.
constexpr int32_t kMostWindow = 64 << 20;

}  // namespace

InOrder TcpOrder::accept(bool to_responder, const Layers& packet, std::span<const uint8_t> payload,
                         StreamCounters& counters) {
  Direction& d = directions_[to_responder ? 1 : 0];
  const bool syn = (packet.tcp_flags & kTcpSyn) != 0;
  if ((packet.tcp_flags & kTcpAck) != 0) {
    Direction& other = directions_[to_responder ? 0 : 1];
    // An acknowledgement far beyond what was sent and acknowledged grants nothing.
    const auto beyond = [&](uint32_t number) { return static_cast<int32_t>(packet.tcp_ack - number) > kMostWindow; };
    if (!other.known || !beyond(other.next) || (other.answered && !beyond(other.acked))) {
      other.acked = packet.tcp_ack;
      other.answered = true;
    }
  }
  const uint32_t first = syn ? packet.tcp_seq + 1 : packet.tcp_seq;
  if (syn && d.data) return {};
  if (syn || !d.known) {
    d.next = first;
    d.known = true;
  }
  if (payload.empty()) return {};
  InOrder out;
  const auto ahead = static_cast<int32_t>(first - d.next);  // modulo 2^32, as sequence numbers wrap
  if (ahead < 0) {
    const uint32_t behind = d.next - first;
    if (behind >= payload.size()) {
      counters.repeated_bytes += payload.size();
      return {};
    }
    counters.repeated_bytes += behind;
    out.bytes = payload.subspan(behind);
  } else {
    if (d.answered && ahead > 0 && static_cast<int32_t>(first - d.acked) > kMostWindow) {
      ++counters.out_of_window;
      return {};
    }
    out.bytes = payload;
    if (ahead > 0) {
      ++counters.gaps;
      out.restart = d.data;
    }
  }
  d.next = first + static_cast<uint32_t>(payload.size());
  d.data = true;
  return out;
}

}  // namespace glacis
