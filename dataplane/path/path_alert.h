#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/alert/event.h"
#include "dataplane/base/ids.h"
#include "dataplane/path/path_program.h"

namespace glacis {

// How well the seen steps belong together: by time alone, by a shared host, by one flow.
enum class JoinStrength : uint8_t { kWeak, kMedium, kStrong };

using PathBindings = std::array<std::optional<IpAddress>, kMaxPathVariables>;

struct SeenStep {
  StepIndex step;
  Nanos time;
  Ordinal ordinal;
  FlowId flow;
  IpAddress initiator, responder;
  uint16_t responder_port = 0;
};

// Progress on an abuse path, as the correlator tells it. `path` and step positions are those of
// `generation`, the completing event's.
struct PathAlert {
  PathIndex path;
  GenerationId generation;
  uint16_t step = 0, steps = 0;  // k of n, top-level nodes; k = n when complete by its last node
  bool complete = false;         // every required step was seen
  bool truncated = false;        // a cap evicted partial matches of this path
  JoinStrength join = JoinStrength::kWeak;
  uint32_t earlier = 0;         // how often this completion (path, bindings) was told before
  PathBindings bindings;        // by position in PathRule::variables
  std::vector<SeenStep> seen;   // in order
  std::vector<StepIndex> next;  // what may come next, as written; empty when nothing can
  Event completing;             // the hit that brought it
};

}  // namespace glacis
