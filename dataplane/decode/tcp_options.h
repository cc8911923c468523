#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "dataplane/base/byte_cursor.h"
#include "dataplane/packet/layers.h"

namespace glacis {

// Time stamps, and of a SYN segment size and window scale (RFC 9293, 3.2; RFC 7323, 2 and 3). Of one that stands there
// twice the later counts; a length that does not fit ends the list.
inline void read_tcp_options(std::span<const uint8_t> options, bool syn, Layers& out) {
  constexpr uint8_t kEnd = 0, kNothing = 1, kSegmentSize = 2, kWindowScale = 3, kTime = 8, kLargestScale = 14;
  ByteCursor cursor(options);
  while (cursor.left() != 0) {
    const uint8_t kind = cursor.u8();
    if (kind == kEnd) return;
    if (kind == kNothing) continue;
    const uint8_t length = cursor.u8();
    if (!cursor.ok() || length < 2) return;
    ByteCursor value(cursor.take(length - 2u));
    if (!cursor.ok()) return;
    if (kind == kTime && length == 10) {
      out.tcp_has_time = true;
      out.tcp_time = value.u32();
      out.tcp_time_echo = value.u32();
    } else if (syn && kind == kSegmentSize && length == 4) {
      out.tcp_mss = value.u16();
    } else if (syn && kind == kWindowScale && length == 3) {
      out.tcp_window_scale = std::min(value.u8(), kLargestScale);
    }
  }
}

}  // namespace glacis
