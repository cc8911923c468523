#pragma once

#include <array>
#include <cstdint>

#include "dataplane/alert/event.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/layers.h"
#include "dataplane/zone/verdict.h"

namespace glacis {

enum class TcpState : uint8_t { kNone, kSynSent, kSynAckSeen, kEstablished, kClosing, kClosed };

// Who started it, and how sure that is ("Exactly" 4 of the model language).
enum class DirectionEvidence : uint8_t { kNone, kSyn, kSynAck, kProtocol, kModelled, kLowerPort, kFirstPacket };
[[nodiscard]] constexpr bool assumed(DirectionEvidence e) { return e >= DirectionEvidence::kModelled; }

// One flow of one worker. Holds ids and the generation that resolved them, never pointers into one.
struct Flow {
  FlowKey key;
  Nanos start, last;
  Ordinal first_ordinal;
  FlowId id;
  PortId port;
  // Counters by the packet's source: [0] sent by key.low, [1] by key.high.
  std::array<uint64_t, 2> packets{}, bytes{}, payload{};
  bool initiator_is_low = true;
  DirectionEvidence direction = DirectionEvidence::kNone;
  TcpState tcp = TcpState::kNone;
  uint8_t fins = 0;  // bit 0: low has finished, bit 1: high
  FlowOutcome outcome = FlowOutcome::kAttempted;
  bool outcome_told = false;  // its outcome has been sent with the alerts it has
  uint8_t alerted_count = 0;
  std::array<RuleId, kMaxRulesPerEvent> alerted{};  // rules it has alerted for
  GenerationId generation;                          // that resolved what follows; 0: none
  PlaceId low_place, high_place;
  Verdict verdict;
  uint32_t stream = 0;        // scan stream of this worker; 0: none
  uint32_t stream_epoch = 0;  // of the worker's streams: an older one's are gone
  Nanos steps_told;           // when its steps of abuse paths were last told
  bool scan_refused = false;  // wanted a stream when none was left
};

// Idle time after which a flow is over, by what it has shown. Event time.
struct FlowTimeouts {
  Nanos half_open = seconds(30);
  Nanos established = seconds(600);
  Nanos closed = seconds(10);
  Nanos udp = seconds(60);
  Nanos icmp = seconds(30);
  Nanos other = seconds(60);
  Nanos unanswered = seconds(10);  // an attempt without an answer is told after this
};

}  // namespace glacis
