#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "dataplane/base/anomaly.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/carrier.h"

namespace glacis {

// What workers tell the correlator, as plain data through one single-producer ring per worker.
// The correlator orders events by (time, ordinal, rank, rule, step).

enum class FlowOutcome : uint8_t {
  kAttempted = 1,
  kRefused,
  kUnanswered,
  kEstablished,
  kData,
  kUnknown,  // as v1::Outcome
};
enum class FlowEndReason : uint8_t { kRunning, kFin, kReset, kTimeout, kEvicted, kShutdown };
enum class ModelledAs : uint8_t { kLine = 1, kFlat, kAllowed, kReported, kViolation };  // v1::Modelled

// Why some payload of a flow was not searched for patterns though the policy asks for it; bits.
enum class Unscanned : uint8_t {
  kNoStream = 1,  // none was left
  kShed = 2,      // the worker was full
  kDepth = 4,     // a direction had more bytes than are searched
};

// A flow as it stood at the event. Initiator and responder as decided then.
struct FlowSnapshot {
  FlowId id;
  FlowKey key;
  bool initiator_is_low = true;
  bool direction_assumed = false;
  bool one_sided = false;  // packets of one direction only so far
  uint8_t unscanned = 0;   // bits of Unscanned
  FlowOutcome outcome = FlowOutcome::kAttempted;
  Nanos start, last;
  Ordinal first_ordinal;
  PortId port;
  uint64_t packets_to_responder = 0, packets_to_initiator = 0;
  uint64_t bytes_to_responder = 0, bytes_to_initiator = 0;
  PlaceId initiator_place, responder_place;
  Carrier carrier;  // of its first packet; its segment stands in the key

  [[nodiscard]] const IpAddress& initiator() const { return initiator_is_low ? key.low : key.high; }
  [[nodiscard]] const IpAddress& responder() const { return initiator_is_low ? key.high : key.low; }
  [[nodiscard]] uint16_t initiator_port() const { return initiator_is_low ? key.low_port : key.high_port; }
  [[nodiscard]] uint16_t responder_port() const { return initiator_is_low ? key.high_port : key.low_port; }
};

enum class EventKind : uint8_t {
  kJudged,   // the flow violates `rules` (first is primary): opens or widens an alert
  kOutcome,  // the outcome of a flow with an open alert became known
  kStepHit,  // the flow satisfies step `step` of path `path`
  kFlowEnd,  // flow record: `end` is kRunning for one that goes on
};

inline constexpr size_t kMaxRulesPerEvent = 8;
inline constexpr size_t kMaxEvidence = 256;

// Whose bytes a match stands in, where ends may read differing ones or drop some: by what the receiver's stack is known
// to do, its own, or others than it takes there.
enum class EvidenceReading : uint8_t { kTarget = 1, kOther };  // v1::Reading

struct EvidenceSlice {
  uint64_t stream_offset = 0;  // of the match's end
  uint16_t bytes = 0;          // 0: no evidence
  bool masked = false;
  bool to_responder = false;
  EvidenceReading reading = EvidenceReading::kTarget;
  std::array<uint8_t, kMaxEvidence> data;  // only `bytes` of it are written
};

struct Event {
  EventKind kind = EventKind::kJudged;
  Nanos time;
  Ordinal ordinal;
  GenerationId generation;  // whose indexes stand below
  FlowSnapshot flow;
  // kJudged: positions in the generation's rules, most severe first.
  uint8_t rule_count = 0;
  std::array<RuleIndex, kMaxRulesPerEvent> rules{};
  std::array<uint8_t, kMaxRulesPerEvent> severities{};  // of `rules`, as judged for this flow; v1::Severity
  bool data_alert = false;                              // kJudged by data seen, not by the ends
  // kStepHit
  PathIndex path;
  StepIndex step;
  AnomalySet anomalies;  // that an `anomaly` step was hit by
  // kFlowEnd
  FlowEndReason end = FlowEndReason::kRunning;
  ModelledAs modelled = ModelledAs::kLine;
  RuleIndex line = kNoRule;  // the `flows` line that covers it
  EvidenceSlice evidence;
};
static_assert(std::is_trivially_copyable_v<Event>);

}  // namespace glacis
