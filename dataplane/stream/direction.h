#pragma once

#include <array>
#include <cstdint>

#include "dataplane/stream/handshake.h"
#include "dataplane/stream/history.h"
#include "dataplane/stream/overlap.h"
#include "dataplane/stream/tcp_segment.h"
#include "dataplane/stream/waiting.h"

namespace glacis {

// One direction of one scanned TCP flow: where it stands. Numbers are sequence numbers of its sender. Plain data.
struct StreamDirection {
  uint64_t handed = 0;  // bytes of the main reading
  uint32_t next = 0;    // number of the next byte to hand on
  // By the other end.
  uint32_t acked = 0;
  uint32_t edge = 0, window = 0;  // right edge of what it has granted, and how much it last granted
  // The last hole that was given up: what comes late for it was never read.
  uint32_t hole_begin = 0, hole_end = 0;
  // The other reading, while other_open: where it stands, and for how many more bytes it is followed.
  uint32_t other_next = 0, other_left = 0;
  uint32_t urgent_at = 0;                 // the byte that ends may leave out
  uint32_t fin_at = 0;                    // behind the last byte
  uint32_t first_isn = 0, again_isn = 0;  // of its first SYN, and of the last one with another number
  uint32_t newest_ts = 0;
  Waiting waiting;
  uint8_t hop_limit = 0;                         // the usual one
  OverlapPolicy policy = kDefaultOverlapPolicy;  // its receiver's
  bool known : 1 = false;                        // `next` has been set
  bool quiet : 1 = false;                        // in-order data changes nothing but numbers and history
  bool answered : 1 = false;
  bool edge_known : 1 = false;
  bool data : 1 = false;     // some byte has been handed on
  bool restart : 1 = false;  // what comes next in the main reading does not join on
  bool other_open : 1 = false;
  bool other_restart : 1 = false;  // likewise in the other reading
  bool urgent : 1 = false;
  bool fin : 1 = false;
  bool syn : 1 = false;
  bool syn_again : 1 = false;
  bool has_ts : 1 = false;
  bool evicted : 1 = false;  // it has lost what waited; not told yet
  bool over : 1 = false;     // read to its depth: nothing more of it is handed on
  StreamHistory history;

  [[nodiscard]] uint32_t history_begin() const { return next - static_cast<uint32_t>(history.size()); }
};

// Both directions, the one to the responder second.
struct TcpStream {
  TcpHandshake handshake;
  bool reset = false;  // by one that counted
  std::array<StreamDirection, 2> directions;

  [[nodiscard]] bool ended() const { return reset || (directions[0].fin && directions[1].fin); }
};
static_assert(sizeof(TcpStream) <= 1408);

}  // namespace glacis
