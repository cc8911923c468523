#pragma once

#include "dataplane/alert/event.h"
#include "dataplane/flow/flow.h"

namespace glacis {

// The flow as events carry it, every field but its carrier. `last` is the time of the packet at hand. Thread: the
// flow's worker.
void snapshot(const Flow& flow, Nanos last, FlowSnapshot& out);

// From key, start and ordinal of the first packet; below 2^53; no secret in it, so that every replay
// gives the same.
[[nodiscard]] FlowId flow_id_of(const Flow& flow);
[[nodiscard]] FlowId flow_id_of(const FlowKey& key, Nanos start, Ordinal first);

}  // namespace glacis
