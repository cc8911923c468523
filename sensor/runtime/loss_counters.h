#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/worker/engine.h"

namespace glacis::sensor {

// What an engine gave up or looked at less closely than it was asked to. Packets that no worker saw and events that
// were shed are apart: whoever tells of losses tells of these whether there are any or not.
struct LossCounter {
  std::string_view name;  // in a replay's summary; in a heartbeat with "_total" behind it
  std::string_view says;  // behind the number
  uint64_t EngineCounters::* value;
};

inline constexpr auto kLossCounters = std::to_array<LossCounter>({
    {"records_shed", "flow records shed", &EngineCounters::records_shed},
    {"scans_shed", "flows not searched because a worker was full", &EngineCounters::scans_shed},
    {"streams_shed", "searches given up in mid-stream because a worker was full", &EngineCounters::streams_shed},
    {"elephants_shed", "of these for good, as their flows were large", &EngineCounters::elephants_shed},
    {"datagrams_lost", "datagrams in fragments lost for want of a buffer", &EngineCounters::datagrams_lost},
    {"findings_refused", "odd things that fragments show, told to no step: too many pairs of ends in a minute",
     &EngineCounters::findings_refused},
    {"port_errors", "frames or records refused by their port", &EngineCounters::port_errors},
    {"stream_gaps", "holes in streams given up, not searched for patterns", &EngineCounters::stream_gaps},
    {"stream_lost_bytes", "bytes behind holes lost for want of room", &EngineCounters::stream_lost_bytes},
    {"stream_out_of_window", "segments outside any window, not searched", &EngineCounters::stream_out_of_window},
    {"stream_depth_reached", "directions of streams with more bytes than are searched", &EngineCounters::depth_reached},
    {"readings_refused", "other readings unscanned: no stream was free, or datagram and reading exceed 65,535 bytes",
     &EngineCounters::readings_refused},
    {"rules_left_out", "lesser violations left out of events that had eight", &EngineCounters::rules_left_out},
    {"rules_unremembered", "violations that may be told again, as the memory of told ones was full",
     &EngineCounters::rules_unremembered},
    {"carriers_refused", "flows whose tunnel is not told, as too many tunnels are open",
     &EngineCounters::carriers_refused},
    {"flows_evicted", "flows evicted from a full flow table", &EngineCounters::flows_evicted},
    {"streams_refused", "flows unscanned for want of a stream", &EngineCounters::streams_refused},
    {"candidates_capped", "content checks not made in flows with too many candidates",
     &EngineCounters::candidates_capped},
    {"late_hits", "step hits too late for their paths", &EngineCounters::late_hits},
    {"hurried_hits", "step hits matched early for want of room", &EngineCounters::hurried_hits},
    {"orphaned_hits", "step hits of a policy that was gone", &EngineCounters::orphaned_hits},
    {"partials_evicted", "partial matches of paths evicted", &EngineCounters::paths_truncated},
    {"tellings_forgotten", "tellings of paths forgotten", &EngineCounters::tellings_forgotten},
});

}  // namespace glacis::sensor
