#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace glacis {

// What packets do that no proper end does, or that two ends may read differently: the whole list. Each is counted
// per core, once for a packet or datagram that shows it, and never a reason to drop. A model names them in `anomaly`
// steps; by name.
enum class Anomaly : uint8_t {
  // One packet alone.
  kBadChecksum,    // of IPv4, TCP, UDP or ICMP: its receiver drops it
  kSourceRoute,    // IPv4 loose or strict source route, IPv6 routing header of type 0 (RFC 791, RFC 5095)
  kSameEnds,       // source and destination are one address and port
  kTcpFlags,       // a set of flags that no TCP sends: none, SYN with FIN or RST, FIN without ACK
  kPortZero,       // TCP, UDP or SCTP port 0
  kTooDeep,        // more layers than are followed: keyed by the last IP header that was
  kBrokenTunnel,   // what a tunnel header announces cannot be decoded: keyed by the packet that carries it
  kUrgentPointer,  // TCP urgent data: ends differ in which byte they leave out (RFC 6093)
  // Fragments.
  kFragmentOverlap,   // some bytes twice, but not as one fragment that came again; told when the second ones come
  kFragmentConflict,  // two ends of one datagram, or, told when it is whole, other bytes at the same place
  kFragmentTiny,      // one that is no last one and has fewer bytes than any link asks for, or a header that is split
  kFragmentOversize,  // reaches beyond 65,535 bytes
  kFragmentTtl,       // fragments of one datagram with hop limits too far apart
  kFragmentMissing,   // a datagram that was never whole in time
  kFragmentLimit,     // given up for room
  // TCP streams.
  kTcpConflict,          // other bytes under sequence numbers that were sent before
  kTcpGap,               // bytes that never came, though the other end has acknowledged them or room ran out
  kTcpOutOfWindow,       // data or reset beyond what the receiver can have granted
  kTcpSynAgain,          // a second SYN of a connection, with another sequence number
  kTcpSplitHandshake,    // SYN answered by a bare ACK or by a SYN without ACK from a listener: four or five ways
  kTcpSimultaneousOpen,  // both ends' SYN without ACK crossed (RFC 9293, 3.5)
  kTcpDataOnSyn,         // payload on a SYN (RFC 7413 or a trick)
  kTcpDataAfterEnd,      // payload behind a FIN or a reset that counted
  kTcpOldTimestamp,      // a segment that its receiver drops for its time stamp (RFC 7323, 5)
  kTcpBadAck,            // acknowledges what was never sent
  kTcpLowTtl,            // data whose hop limit is far below its direction's others: may not arrive
  kTcpLimit,             // a stream's depth or the room for what waits was used up
  // Later ones.
  kFragmentLength,  // a fragment that is empty, or not the last and no multiple of 8 bytes (RFC 791, 3.2)
  kCount,
};

// Bits by Anomaly.
struct AnomalySet {
  uint32_t bits = 0;
  void add(Anomaly a) { bits |= uint32_t{1} << static_cast<unsigned>(a); }
  void add(AnomalySet other) { bits |= other.bits; }
  [[nodiscard]] bool has(Anomaly a) const { return (bits >> static_cast<unsigned>(a) & 1) != 0; }
  [[nodiscard]] bool empty() const { return bits == 0; }
  [[nodiscard]] bool meets(AnomalySet other) const { return (bits & other.bits) != 0; }
  constexpr AnomalySet operator|(Anomaly a) const { return {bits | uint32_t{1} << static_cast<unsigned>(a)}; }
  [[nodiscard]] AnomalySet without(AnomalySet other) const { return {bits & ~other.bits}; }
  friend bool operator==(AnomalySet, AnomalySet) = default;
};
static_assert(static_cast<unsigned>(Anomaly::kCount) <= 32);

// Those that only a stream that is read can show.
inline constexpr AnomalySet kStreamAnomalies =
    AnomalySet{} | Anomaly::kTcpConflict | Anomaly::kTcpGap | Anomaly::kTcpOutOfWindow | Anomaly::kTcpSynAgain |
    Anomaly::kTcpSplitHandshake | Anomaly::kTcpSimultaneousOpen | Anomaly::kTcpDataOnSyn | Anomaly::kTcpDataAfterEnd |
    Anomaly::kTcpOldTimestamp | Anomaly::kTcpBadAck | Anomaly::kTcpLowTtl | Anomaly::kTcpLimit;

// As models, alerts and counters call them.
inline constexpr std::array<std::string_view, static_cast<size_t>(Anomaly::kCount)> kAnomalyNames = {
    "bad-checksum",
    "source-route",
    "same-ends",
    "tcp-flags",
    "port-zero",
    "too-deep",
    "broken-tunnel",
    "urgent-pointer",
    "fragment-overlap",
    "fragment-conflict",
    "fragment-tiny",
    "fragment-oversize",
    "fragment-ttl",
    "fragment-missing",
    "fragment-limit",
    "tcp-conflict",
    "tcp-gap",
    "tcp-out-of-window",
    "tcp-syn-again",
    "tcp-split-handshake",
    "tcp-simultaneous-open",
    "tcp-data-on-syn",
    "tcp-data-after-end",
    "tcp-old-timestamp",
    "tcp-bad-ack",
    "tcp-low-ttl",
    "tcp-limit",
    "fragment-length",
};
[[nodiscard]] constexpr std::string_view name_of(Anomaly a) { return kAnomalyNames[static_cast<size_t>(a)]; }
// All of them at once.
inline constexpr std::string_view kAnyAnomaly = "any";

// What a model's word stands for; nothing if there is no such anomaly.
[[nodiscard]] constexpr std::optional<AnomalySet> anomalies_named(std::string_view word) {
  if (word == kAnyAnomaly) return AnomalySet{(uint32_t{1} << static_cast<unsigned>(Anomaly::kCount)) - 1};
  for (size_t i = 0; i < kAnomalyNames.size(); ++i) {
    if (kAnomalyNames[i] == word) return AnomalySet{uint32_t{1} << i};
  }
  return std::nullopt;
}

}  // namespace glacis
