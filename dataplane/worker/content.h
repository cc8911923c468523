#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/flow/flow.h"
#include "dataplane/packet/layers.h"
#include "dataplane/policy/generation.h"
#include "dataplane/scan/scanner.h"
#include "dataplane/stream/reassembler.h"
#include "dataplane/worker/load_shed.h"

namespace glacis {

// What reassembly needs of a TCP packet. Borrows the payload.
[[nodiscard]] TcpSegment segment_of(const Layers& packet, std::span<const uint8_t> payload);
// The SYN of a flow whose first payload comes with this packet, where that does not follow upon it: the stream begins
// there then, with a hole. None: not seen, the other end's, or too far away to say so.
[[nodiscard]] std::optional<TcpSegment> syn_before(const Flow& flow, const Layers& packet);

// Of one worker.
struct StreamOptions {
  size_t flows = 4096;  // searched at a time; more go unscanned and are counted
  uint64_t depth =
      UINT64_MAX;              // bytes of one direction of a TCP stream that are searched, from where its search begins
  uint64_t waiting_bytes = 0;  // that may wait behind holes, of all streams; 0: by their number
};

// One worker's streams over one pattern set, made off the worker while a policy warms. Where
// none are read (PatternSet::reads_streams) there are none. Plain holder; whoever holds it owns it.
struct ScanStreams {
  std::shared_ptr<const PatternSet> patterns;
  std::unique_ptr<Scanner> scanner;  // null: none are read, and nothing below
  std::unique_ptr<TcpReassembler> reassembler;

  // What a flow's other reading is scanned with, while there is one.
  struct Other {
    uint32_t handle = 0;
    uint8_t directions = 0;  // bit 0: to the initiator, bit 1: to the responder
  };
  std::vector<Other> others;  // by the flow's handle

  [[nodiscard]] static Expected<std::unique_ptr<ScanStreams>> make(std::shared_ptr<const PatternSet> patterns,
                                                                   const StreamOptions& options);
};

// Bytes of the flows that a policy wants to look into: in order, through the patterns. When a policy
// with other patterns comes, the worker changes to the streams that were made for it; flows reopen
// theirs (what they showed before is not seen again) and that is counted. A full worker gives searches
// up: each such flow is marked (Unscanned) and counted; all but elephants are begun anew, where they
// are then, once there is room. What a TCP direction has beyond the depth is not looked at: its flow is marked; it is
// over for this set when both directions are. Datagrams have no depth. Borrows the streams that were offered; they are
// kept by the control thread until another set is in use. Threads: offer by control; in_use by any; the rest by the
// worker.
class Content {
 public:
  // Before the generation with these patterns becomes current.
  void offer(ScanStreams* streams) { offered_.store(streams, std::memory_order_release); }
  [[nodiscard]] const ScanStreams* offered() const { return offered_.load(std::memory_order_relaxed); }
  // Which set the worker holds. Once every worker has passed a swap, others may be freed, but for the
  // one offered last.
  [[nodiscard]] const ScanStreams* in_use() const { return in_use_.load(std::memory_order_acquire); }

  // Once per burst: takes what was offered if the generation's patterns are others.
  void follow(const Generation& generation);
  // From here on, until the next call.
  void shed(ShedLevel level) { level_ = level; }
  // The matches in what this packet adds to its stream, in either reading; they live until the next call. What both
  // have is told as the target's. `first`: no payload of the flow came before this packet. `generation`: that the flow
  // is resolved under; how its ends decide overlaps is asked when its stream opens, and holds until it is closed.
  [[nodiscard]] std::span<const ContentMatch> look(Flow flow, const Layers& packet, std::span<const uint8_t> payload,
                                                   Nanos now, bool first, const Generation& generation);
  // The matches in a payload that takes no part in the flow's stream, for its target takes another; they live until
  // the next call.
  [[nodiscard]] std::span<const ContentMatch> look_apart(Flow flow, const Layers& packet,
                                                         std::span<const uint8_t> payload, Nanos now);
  // What was odd about the stream at the last look() or finish().
  [[nodiscard]] AnomalySet anomalies() const { return anomalies_; }
  // Whether bytes of it wait behind a hole; then finish() before close(), in each direction.
  [[nodiscard]] bool waits(const Flow& flow) const;
  [[nodiscard]] std::span<const ContentMatch> finish(Flow flow, bool to_responder, Nanos now);
  // Whether it has a TCP stream that no reset and no FINs have ended, as far as its ends take them.
  [[nodiscard]] bool reads_on(const Flow& flow) const;
  // Bits of Quiet: packets of it that its search has no use for, because a direction has been read to its depth.
  [[nodiscard]] uint8_t unread(const Flow& flow) const;
  // Whether payload of this flow would be looked at.
  [[nodiscard]] bool wants(const Flow& flow) const;
  // Whether its search has begun.
  [[nodiscard]] bool has_stream(const Flow& flow) const {
    return flow.cold.stream != 0 && flow.cold.stream_epoch == epoch_;
  }
  // Payload of it has gone by unsearched, for load: marks and counts it. An elephant is not searched again, unless the
  // worker is calm by now.
  void give_up(Flow flow);
  // The flow is over.
  void close(Flow flow);

  struct Counters {
    uint64_t refused = 0, reopened = 0;
    uint64_t others_refused = 0;                                    // other readings that no scan was free for
    uint64_t matches_left_out = 0;                                  // beyond kMaxMatches in what one packet added
    uint64_t scans_shed = 0, streams_shed = 0, elephants_shed = 0;  // see CoreCounters
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  // Of the streams in use; from 0 again with others.
  [[nodiscard]] uint64_t candidates_capped() const;
  [[nodiscard]] const StreamCounters& order_counters() const;

 private:
  [[nodiscard]] bool is_over(const Flow& flow) const {
    return flow.cold.scan_over && flow.cold.stream_epoch == epoch_ && flow.cold.stream == 0;
  }
  [[nodiscard]] bool sheds(Flow flow);
  [[nodiscard]] bool open(Flow flow, const Layers& packet, bool first, const Generation& generation);
  [[nodiscard]] std::span<const ContentMatch> scan(uint32_t handle, bool to_responder, const StreamStep& step,
                                                   Nanos now, EvidenceReading main);
  void end_at_depth(Flow flow);
  void end_search(Flow flow);
  void scan_run(uint32_t handle, bool to_responder, const StreamRun& run, Nanos now, EvidenceReading reading);
  [[nodiscard]] uint32_t other_scan(uint32_t handle, bool to_responder);
  void close_other(uint32_t handle, uint8_t directions);

  static constexpr size_t kMaxMatches = 32;

  std::atomic<ScanStreams*> offered_{nullptr};
  std::atomic<const ScanStreams*> in_use_{nullptr};
  ScanStreams* streams_ = nullptr;
  uint32_t epoch_ = 0;
  ShedLevel level_ = ShedLevel::kNothing;
  Counters counters_;
  StreamCounters order_counters_;  // of streams that went, while none are in use
  AnomalySet anomalies_;
  std::array<ContentMatch, kMaxMatches> matches_;
  size_t match_count_ = 0;
};

}  // namespace glacis
