#pragma once

#include <array>
#include <cstdint>

#include "dataplane/stream/tcp_segment.h"

namespace glacis {

// How a connection was opened (RFC 9293, 3.5), as far as the tap saw it. Plain data, reset by assignment; 12 bytes a
// side. Thread: its owner's.
class TcpHandshake {
 public:
  // Follows a segment whose checksum is good; says what is odd about it.
  AnomalySet follow(bool to_responder, const TcpSegment& segment);

  // Of the side that sends to the responder, or of the other one.
  [[nodiscard]] bool has_syn(bool to_responder) const { return side(to_responder).syn; }
  [[nodiscard]] uint32_t first_number(bool to_responder) const { return side(to_responder).isn; }
  // By how many bits the side's windows are shifted; negative: not known, because a SYN was not seen.
  [[nodiscard]] int scale(bool to_responder) const;

 private:
  struct Side {
    uint32_t isn = 0;
    uint8_t scale = TcpSegment::kUnknownScale;
    bool syn : 1 = false;      // it has sent one, with or without ACK
    bool syn_ack : 1 = false;  // with ACK
    bool second : 1 = false;   // its SYN without ACK came after the other's
    bool bare : 1 = false;     // it has answered a SYN with an ACK alone
    bool told : 1 = false;     // of a split handshake
  };
  [[nodiscard]] const Side& side(bool to_responder) const { return sides_[to_responder ? 1 : 0]; }
  std::array<Side, 2> sides_{};
};

}  // namespace glacis
