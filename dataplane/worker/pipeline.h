#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/base/spsc_ring.h"
#include "dataplane/decode/decode.h"
#include "dataplane/flow/carriers.h"
#include "dataplane/flow/flow_table.h"
#include "dataplane/packet/burst.h"
#include "dataplane/policy/generation.h"
#include "dataplane/signal/step_selector.h"
#include "dataplane/worker/alerted_rules.h"
#include "dataplane/worker/content.h"
#include "dataplane/worker/core_counters.h"
#include "dataplane/worker/event_out.h"
#include "dataplane/worker/fragment_joiner.h"

namespace glacis {

// kFast counts packets that change nothing else right after the flow lookup; kPlain is its twin.
enum class PacketWay : uint8_t { kFast, kPlain };

struct PipelineOptions {
  RunMode mode = RunMode::kReplay;
  PacketWay way = PacketWay::kFast;
  size_t flow_slots = 262'144;
  FlowTimeouts timeouts;
  uint64_t hash_seed = 1;
  DecodeOptions decode;              // kKnownGood trusts all checksums, not just those that a NIC has verified
  FragmentJoiner* joiner = nullptr;  // null: fragments are put together before they come here, or only counted
};

// All steps of one worker, in their order: decode, flow lookup, direction and verdict, streams and
// patterns, step hits, events, ageing. The only file that names them all.
// Owns the worker's flow table and streams; borrows the event ring and the counters. A generation is
// borrowed for one call. After construction nothing is allocated. Thread: its worker.
class Pipeline {
 public:
  Pipeline(const PipelineOptions& options, SpscRing<Event>& ring, CoreCounters& counters);

  // Takes the burst's packets through every step. burst.time, ordinal and port are filled; the mbufs
  // stay the caller's. `links[i]` is how packet i's frame begins.
  void process(Burst& burst, std::span<const LinkType> links, const Generation& generation);
  // Tells what is due by `clock`: unanswered attempts, flows that are over.
  void advance(Nanos clock, const Generation& generation);
  // Every flow ends now. `clock` is the last that was advanced to.
  void shut_down(Nanos clock, const Generation& generation);

  // What the worker gives up from here on.
  void shed(ShedLevel level);

  [[nodiscard]] Content& content() { return content_; }
  // Every event of an earlier time has been pushed, provided that packets came in order of time.
  [[nodiscard]] Nanos told_to() const { return table_.swept_to(); }
  // What each flow slot takes; streams and metadata apart.
  [[nodiscard]] static constexpr size_t bytes_per_flow() {
    return FlowTable::bytes_per_flow() + AlertedRules::entry_bytes() / kFlowsPerAlertedRule;
  }
  [[nodiscard]] Nanos longest_timeout() const { return longest_timeout_; }

 private:
  static constexpr size_t kFlowsPerAlertedRule = 4;

  struct At {  // the packet, or the deadline, that an event is about
    Nanos time;
    Ordinal ordinal;
  };

  void decode_burst(Burst& burst, std::span<const LinkType> links, const Generation& generation);
  void decode_whole(Burst& burst, uint16_t i, LinkType link, const Generation& generation);
  [[nodiscard]] bool join_fragments(Burst& burst, uint16_t i, const Generation& generation);
  void on_packet(const Burst& burst, uint16_t i, Flow flow, bool created, const Generation& generation);
  void settle(Flow flow);
  void own_up(Flow flow);
  [[nodiscard]] static StepQuestion step_question(const Flow& flow, At at);
  void on_deadline(Flow flow, const FlowDeadline& deadline, const Generation& generation);
  AnomalySet look_inside(Flow flow, const Layers& packet, std::span<const uint8_t> payload, bool silent, At at,
                         const Generation& generation);
  void look_at_other_reading(Flow flow, const rte_mbuf* datagram, At at, const Generation& generation);
  void publish_content();
  void tell_matches(Flow flow, std::span<const ContentMatch> matches, At at, const Generation& generation);
  void tell_data(Flow flow, const ContentMatch& match, At at, const Generation& generation);
  enum class Steps : uint8_t { kAll, kOutcome };
  void tell_steps(Flow flow, Steps which, FlowOutcome before, At at, const Generation& generation);
  void tell_anomalies(Flow flow, AnomalySet seen, At at, const Generation& generation);
  void tell_content_steps(Flow flow, const ContentMatch& match, At at, const Generation& generation);
  void tell_step(const Flow& flow, StepHit hit, At at, const Generation& generation, const EvidenceSlice* evidence,
                 AnomalySet anomalies = {});
  struct NewRules {
    uint8_t count = 0;
    std::array<uint8_t, kMaxRulesPerEvent> positions{};  // in the verdict
  };
  NewRules new_rules(Flow flow, const Verdict& verdict, const Generation& generation);
  [[nodiscard]] static Worth worth_of_record(const Flow& flow, FlowEndReason reason);
  [[nodiscard]] size_t most_aged(Nanos clock);
  // An event with what every kind has; null: shed. out_.send() follows.
  [[nodiscard]] Event* begin(EventKind kind, const Flow& flow, At at, GenerationId generation,
                             Worth worth = Worth::kVerdict);
  void tell_judged(Flow flow, const Verdict& verdict, At at, const Generation& generation,
                   const EvidenceSlice* evidence);
  void tell_outcome(Flow flow, At at);
  void tell_record(Flow flow, At at, FlowEndReason reason);
  void tell_waiting(Flow flow, At at, const Generation& generation);
  void tell_end(Flow flow, At at, FlowEndReason reason, const Generation& generation);
  // Events name the current generation only, so that an older one can go: a flow that no packet has
  // judged since is resolved before it is told.
  void resolve_again(Flow flow, Nanos time, const Generation& generation);

  EventOut out_;
  CoreCounters& counters_;
  const PacketWay way_;
  FragmentJoiner* const joiner_;
  const DecodeOptions decode_;
  FlowTable table_;
  Carriers carriers_;
  AlertedRules alerted_;
  Content content_;
  ShedLevel level_ = ShedLevel::kNothing;
  const Nanos longest_timeout_;
};

}  // namespace glacis
