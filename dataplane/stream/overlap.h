#pragma once

#include <cstdint>

#include "dataplane/stream/tcp_segment.h"

namespace glacis {

// Which bytes an end keeps when a segment says otherwise than bytes that still wait behind a hole, by family
// (Novak and Sturges, "Target-Based TCP Stream Reassembly", 2007). What was handed on cannot change for any of them.
enum class OverlapPolicy : uint8_t {
  kFirst,     // what came first: Windows since Vista
  kLast,      // what came last
  kBsd,       // the new ones if they begin before: BSD, macOS, IRIX, HP-UX 10
  kLinux,     // and if they begin with the old ones and end behind them
  kOldLinux,  // or end with them: 2.2 and before
  kWindows,   // as kBsd: 2000, XP, 2003
  kSolaris,   // the new ones if they end behind, or begin no later and end no earlier: Solaris, HP-UX 11
};
inline constexpr int kOverlapPolicies = 7;
inline constexpr OverlapPolicy kDefaultOverlapPolicy = OverlapPolicy::kLinux;  // most servers

// Of one stream's two receivers.
struct ReceiverPolicies {
  OverlapPolicy initiator = kDefaultOverlapPolicy, responder = kDefaultOverlapPolicy;
};

// A stretch of sequence numbers, [begin, end).
struct SeqRange {
  uint32_t begin = 0, end = 0;
};

// Whether the new segment's bytes replace those that wait. `old` is the whole stretch without a hole that it meets:
// Linux and FreeBSD join what waits, so how it was cut is forgotten there too.
[[nodiscard]] constexpr bool new_bytes_win(OverlapPolicy policy, SeqRange fresh, SeqRange old) {
  const int32_t begins = seq_diff(fresh.begin, old.begin), ends = seq_diff(fresh.end, old.end);
  switch (policy) {
    case OverlapPolicy::kFirst:
      return false;
    case OverlapPolicy::kLast:
      return true;
    case OverlapPolicy::kBsd:
    case OverlapPolicy::kWindows:
      return begins < 0;
    case OverlapPolicy::kLinux:
      return begins < 0 || (begins == 0 && ends > 0);
    case OverlapPolicy::kOldLinux:
      return begins < 0 || (begins == 0 && ends >= 0);
    case OverlapPolicy::kSolaris:
      return ends > 0 || (begins <= 0 && ends >= 0);
  }
  return false;
}

}  // namespace glacis
