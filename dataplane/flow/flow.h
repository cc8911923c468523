#pragma once

#include <array>
#include <cstdint>

#include "dataplane/alert/event.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/brief.h"

namespace glacis {

enum class TcpState : uint8_t { kNone, kSynSent, kSynAckSeen, kEstablished, kClosing, kClosed };

// Who started it, and how sure that is ("Exactly" 4 of the model language).
enum class DirectionEvidence : uint8_t { kNone, kSyn, kSynAck, kProtocol, kModelled, kLowerPort, kFirstPacket };
[[nodiscard]] constexpr bool assumed(DirectionEvidence e) { return e >= DirectionEvidence::kModelled; }

// Idle time after which a flow is over, by what it has shown. Event time.
struct FlowTimeouts {
  Nanos half_open = seconds(30);
  Nanos established = seconds(600);
  Nanos closed = seconds(10);
  Nanos udp = seconds(60);
  Nanos icmp = seconds(30);
  Nanos other = seconds(60);
  Nanos unanswered = seconds(10);  // an attempt without an answer is told after this
  Nanos report{0};                 // a flow that lasts longer is told so often; 0: at its end alone
};
enum class TimeoutClass : uint8_t { kHalfOpen, kEstablished, kClosed, kUdp, kIcmp, kOther, kCount };

// Beside the bits of Quiet in HotFlow::quiet, of a flow that is searched, for a worker that is too full to: whose
// payload would change nothing but counters then; that no search has begun, so that it is given up earlier; that some
// payload has gone by unsearched.
enum class Skip : uint8_t { kPayloadFromLow = 0x10, kPayloadFromHigh = 0x20, kNotBegun = 0x40, kSkipped = 0x80 };
// Bits of Quiet about payload, where Skip has them.
[[nodiscard]] constexpr uint8_t skippable(uint8_t quiet) { return static_cast<uint8_t>(quiet << 2 & 0x30); }
static_assert(skippable(quiet_bit(true, true)) == static_cast<uint8_t>(Skip::kPayloadFromLow));
static_assert(skippable(quiet_bit(true, false)) == static_cast<uint8_t>(Skip::kPayloadFromHigh));
static_assert(skippable(quiet_bit(false, true) | quiet_bit(false, false)) == 0);
// Which searches are given up, of payload that is skippable; each with what stands before it.
enum class Skipping : uint8_t { kNothing, kNotBegun, kAll };

// The half of a flow that every packet touches: one cache line.
struct alignas(64) HotFlow {
  ShortKey key;
  Nanos last;                       // of its packets
  Nanos attention;                  // a packet with payload after this is not quiet
  std::array<uint64_t, 2> bytes{};  // layer 3, by source: [0] sent by key.low, [1] by key.high
  std::array<uint32_t, 2> packets{};
  GenerationId generation;  // that resolved it; 0: none
  TimeoutClass timeout = TimeoutClass::kOther;
  TcpState tcp = TcpState::kNone;
  uint8_t quiet = 0;       // bits of Quiet, and of Skip above them
  uint8_t ip_version = 0;  // as Brief::ip_version

  [[nodiscard]] bool has(Skip bit) const { return (quiet & static_cast<uint8_t>(bit)) != 0; }
  // Nothing counts alone from here on; what was skipped is not forgotten.
  void attend() { quiet &= static_cast<uint8_t>(Skip::kSkipped); }
};
static_assert(sizeof(HotFlow) == 64);

// How a TCP connection was opened, of each end one bit: bit 0 low's, bit 1 high's.
struct TcpOpening {
  uint8_t syn : 2 = 0;      // has sent a SYN, with ACK or without
  uint8_t syn_ack : 2 = 0;  // with ACK
  uint8_t crossed : 2 = 0;  // its SYN without ACK came after the other's
  uint8_t bare : 2 = 0;     // has answered a SYN with an ACK alone
};

// The other half, so aligned that it never lies on three cache lines.
struct alignas(32) ColdFlow {
  std::array<uint8_t, 12> low_head{}, high_head{};  // of its addresses
  Nanos start;
  Ordinal first_ordinal;
  // What the policy says of it, under hot.generation.
  PlaceId low_place, high_place;
  RuleIndex line = kNoRule;
  uint32_t stream = 0;                     // scan stream of this worker; 0: none
  uint32_t stream_epoch = 0;               // of the worker's streams: an older one's are gone
  uint32_t segment = 0;                    // of its key
  uint32_t alerted = 0;                    // rules it has alerted for: head of a chain; 0: none
  std::array<uint16_t, 2> packet_wraps{};  // times that hot.packets ran over
  AnomalySet anomalies;                    // told of it
  uint16_t reports = 0;                    // intervals of FlowTimeouts::report that are over
  PortId port;
  DirectionEvidence direction = DirectionEvidence::kNone;
  FlowOutcome outcome = FlowOutcome::kAttempted;
  ModelledAs modelled = ModelledAs::kAllowed;
  uint8_t knocks = 0;  // packets with SYN or RST, of both sides; stays at 255
  bool initiator_is_low : 1 = true;
  bool outcome_told : 1 = false;  // its outcome has been sent with the alerts it has
  bool scan : 1 = false;          // some pattern wants to look into it
  bool judged_here : 1 = true;    // false: another tap judges
  bool scan_over : 1 = false;     // not looked into again under the patterns of stream_epoch
  bool unanswered_told : 1 = false;
  bool step_told : 1 = false;     // some abuse path has heard of it
  bool judge_again : 1 = false;   // resolved for what was told without a packet: the next one is judged anew
  uint8_t unscanned : 3 = 0;      // bits of Unscanned
  uint8_t fins : 2 = 0;           // bit 0: low has finished, bit 1: high
  uint8_t spoke : 2 = 0;          // bit 0: low has sent payload, bit 1: high
  bool first_syn_low : 1 = true;  // low sent the first SYN
  TcpOpening opening;
  // The table's own: where it stands in its bucket and in the wheel of deadlines.
  uint8_t slot = 0;
  uint16_t wheel = 0;
  // The worker's: in its Carriers; 0: none, or not known.
  uint16_t carrier = 0;
  uint32_t bucket = 0;

  // The number of the last SYN of the end that sent the first, kept where no stream stands yet: until payload is sent.
  [[nodiscard]] uint32_t syn_number() const { return stream_epoch; }
  void syn_number(uint32_t number) { stream_epoch = number; }
};
static_assert(sizeof(ColdFlow) == 96);

// One flow of one worker, as its table hands it out; two references, valid until the table's next call.
// Holds ids and the generation that resolved them, never pointers into one.
struct Flow {
  HotFlow& hot;
  ColdFlow& cold;

  [[nodiscard]] FlowKey key() const;
  [[nodiscard]] uint8_t protocol() const { return hot.key.protocol(); }
  // Packets sent by key.low (0) or key.high (1).
  [[nodiscard]] uint64_t packets(size_t side) const {
    return uint64_t{cold.packet_wraps[side]} << 32 | hot.packets[side];
  }
  [[nodiscard]] bool sent(size_t side) const { return packets(side) != 0; }
  [[nodiscard]] bool spoke(size_t side) const { return (cold.spoke >> side & 1) != 0; }
  void count(size_t side, uint32_t l3_bytes) {
    hot.bytes[side] += l3_bytes;
    if (++hot.packets[side] == 0) ++cold.packet_wraps[side];
  }
};

}  // namespace glacis
