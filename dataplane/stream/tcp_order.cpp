#include "dataplane/stream/tcp_order.h"

namespace glacis {

InOrder TcpOrder::accept(bool to_responder, uint32_t seq, bool syn, std::span<const uint8_t> payload,
                         StreamCounters& counters) {
  Direction& d = directions_[to_responder ? 1 : 0];
  const uint32_t first = syn ? seq + 1 : seq;
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
