#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/worker/engine.h"

namespace glacis::sensor {

// What an engine gave up or looked at less closely than it was asked to. Packets that no worker saw and events that
// were shed are apart: whoever tells of losses tells of these whether there are any or not.
enum class LossOf : uint8_t {
  kPackets,  // what flows are judged by
  kPayload,  // bytes that patterns are looked for in
  kTelling,  // of what was found
};
struct LossCounter {
  std::string_view name;  // in a replay's summary; in a heartbeat with "_total" behind it
  std::string_view says;  // behind the number
  uint64_t EngineCounters::* value;
  LossOf of = LossOf::kPayload;
};

inline constexpr auto kLossCounters = std::to_array<LossCounter>({
    {"records_shed", "flow records shed", &EngineCounters::records_shed, LossOf::kPackets},
    {"scans_shed", "flows not searched because a worker was full", &EngineCounters::scans_shed},
    {"streams_shed", "searches given up in mid-stream because a worker was full", &EngineCounters::streams_shed},
    {"elephants_shed", "of these for good, as their flows were large", &EngineCounters::elephants_shed},
    {"datagrams_lost", "datagrams in fragments lost for want of a buffer", &EngineCounters::datagrams_lost,
     LossOf::kPackets},
    {"findings_refused", "odd things that fragments show, told to no step: too many pairs of ends in a minute",
     &EngineCounters::findings_refused, LossOf::kPackets},
    {"port_errors", "frames or records refused by their port", &EngineCounters::port_errors, LossOf::kPackets},
    {"stream_gaps", "holes in streams given up, not searched for patterns", &EngineCounters::stream_gaps},
    {"stream_lost_bytes", "bytes behind holes lost for want of room", &EngineCounters::stream_lost_bytes},
    {"stream_out_of_window", "segments outside any window, not searched", &EngineCounters::stream_out_of_window},
    {"stream_depth_reached", "directions of streams with more bytes than are searched", &EngineCounters::depth_reached},
    {"readings_refused", "other readings unscanned: no stream was free, or datagram and reading exceed 65,535 bytes",
     &EngineCounters::readings_refused},
    {"rules_left_out", "lesser violations left out of events that had eight", &EngineCounters::rules_left_out,
     LossOf::kTelling},
    {"rules_unremembered", "violations that may be told again, as the memory of told ones was full",
     &EngineCounters::rules_unremembered, LossOf::kTelling},
    {"carriers_refused", "flows whose tunnel is not told, as too many tunnels are open",
     &EngineCounters::carriers_refused, LossOf::kTelling},
    {"flows_evicted", "flows evicted from a full flow table", &EngineCounters::flows_evicted, LossOf::kPackets},
    {"streams_refused", "flows unscanned for want of a stream", &EngineCounters::streams_refused},
    {"candidates_capped", "content checks not made in flows with too many candidates",
     &EngineCounters::candidates_capped},
    {"late_hits", "step hits too late for their paths", &EngineCounters::late_hits, LossOf::kPackets},
    {"hurried_hits", "step hits matched early for want of room", &EngineCounters::hurried_hits, LossOf::kTelling},
    {"orphaned_hits", "step hits of a policy that was gone", &EngineCounters::orphaned_hits, LossOf::kPackets},
    {"partials_evicted", "partial matches of paths evicted", &EngineCounters::paths_truncated, LossOf::kTelling},
    {"tellings_forgotten", "tellings of paths forgotten", &EngineCounters::tellings_forgotten, LossOf::kTelling},
});

}  // namespace glacis::sensor
