#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/base/anomaly.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/ip_address.h"
#include "dataplane/fragment/fragment_policy.h"
#include "dataplane/packet/carrier.h"

namespace glacis {

// Where a fragment came from: given back, not looked at. A datagram's is that of the first of it to come.
struct FragmentOrigin {
  Ordinal ordinal;
  PortId port;
  Carrier carrier;
};

// One fragment as decode saw it. Its bytes are borrowed for the call.
struct Fragment {
  IpAddress source, destination;
  uint32_t id = 0;  // 16 bits of IPv4, 32 of IPv6
  uint16_t vlan_outer = 0, vlan_inner = 0;
  uint32_t segment = 0;    // of the tunnel that it came in, equal in both directions (VNI); 0: none
  uint8_t protocol = 0;    // IPv4: of the header; IPv6: the fragment header's next header
  uint8_t ip_version = 0;  // 4 or 6
  uint8_t hop_limit = 0;
  bool more = false;
  uint16_t offset = 0;              // bytes, a multiple of 8
  std::span<const uint8_t> header;  // IP header with its options or the extension headers before the fragment header
  std::span<const uint8_t> body;    // its part of the datagram, as long as the lengths in the headers say
  Nanos time;
  FragmentOrigin origin = {};
};

// What became of one fragment. Exactly one holds for each.
enum class FragmentDisposition : uint8_t { kHeld, kWhole, kDuplicate, kRefused };

// Why one was refused.
enum class FragmentRefusal : uint8_t {
  kNone,
  kWholeDatagram,  // offset 0 and no more: nothing to put together (RFC 6946: apart from all fragments)
  kLength,         // empty, or not last and no multiple of 8 bytes (RFC 791, 3.2; RFC 8200, 4.5)
  kOversize,       // beyond 65,535 bytes
  kHeader,         // the first one's header cannot be what stands before it, or is longer than kMostHeader
  kManyFragments,  // DefragmentOptions::most_fragments; its datagram is given up
  kManyBytes,      // most_datagram_bytes; likewise
  kNoRoom,         // the arena or its source's share of it is too small for this datagram; likewise
  kCount,
};

// What one fragment led to. Spans hold until the next call of add().
struct Reassembled {
  FragmentDisposition disposition = FragmentDisposition::kHeld;
  FragmentRefusal refusal = FragmentRefusal::kNone;
  // By RFC 5722 or as Linux does it the target has dropped this datagram; what it would have been is given all the
  // same.
  bool target_discards = false;
  AnomalySet anomalies = {};  // those that the datagram had not shown before this fragment
  // kWhole: all that the datagram has shown.
  AnomalySet datagram_anomalies = {};
  // kWhole: a plain IP packet. Total or payload length, fragment fields and checksum are mended, the fragment header
  // is gone. Else empty.
  std::span<const uint8_t> packet = {};
  // kWhole, and fragments conflicted: the packet with each overlap, and the choice between two ends, decided the other
  // way. Empty when that gives the same bytes.
  std::span<const uint8_t> other_reading = {};
};

enum class DatagramEnd : uint8_t { kTimedOut, kEvicted, kGivenUp };

// A datagram that was never whole: timed out, gone to make room for others, or over a limit of its own.
struct EndedDatagram {
  DatagramEnd end = DatagramEnd::kTimedOut;
  IpAddress source, destination;
  uint32_t id = 0, segment = 0;
  uint16_t vlan_outer = 0, vlan_inner = 0;
  uint8_t protocol = 0, ip_version = 0;  // IPv6: the next header of the first fragment to come
  Nanos time = {};                       // when its time was over, or the time of the fragment that it had to go for
  AnomalySet anomalies = {};             // kFragmentMissing, or kFragmentLimit
  AnomalySet shown = {};                 // and what was told with its fragments
  Nanos start = {};                      // of its first fragment to come, as the next
  FragmentOrigin origin = {};
};

// Sizes are those of one worker.
struct DefragmentOptions {
  uint64_t arena_bytes = 16 << 20;           // what waits; rounded up to chunks of 2 KiB
  uint32_t datagrams = 2048;                 // that are not whole yet
  uint32_t share = 4;                        // one source holds at most 1/share of both
  uint32_t most_fragments = 512;             // of a datagram: 4 KiB in the smallest; 65,535 at an MTU of 576 are 119
  uint32_t most_datagram_bytes = 128 << 10;  // held of it, overlaps and the header included
  uint32_t tiny_bytes = 256;                 // fewer than these, not last: the smallest MTU of any link in use was 296
  uint8_t hop_spread = 3;                    // hop limits further apart than ways of one route differ
  Nanos life_v4 = seconds(30);   // from the first fragment; Linux, and within what RFC 1122 (3.3.2) leaves open
  Nanos life_v6 = seconds(60);   // RFC 8200, 4.5
  Nanos life_late = seconds(5);  // of a lone fragment under an id that was whole so shortly before
  uint64_t seed = 1;             // live: random
};

// Sums: fragments = held + whole + duplicates + all refused. started = whole + timed out + evicted + given up + late
// + those that wait.
struct DefragmentCounters {
  uint64_t fragments = 0, held = 0, whole = 0, duplicates = 0;
  std::array<uint64_t, static_cast<size_t>(FragmentRefusal::kCount)> refused{};
  uint64_t started = 0, timed_out = 0, evicted = 0, given_up = 0;
  uint64_t late = 0;       // lone fragments of a datagram that was whole before, gone without a word
  uint64_t conflicts = 0;  // datagrams whose other reading was given
};

}  // namespace glacis
