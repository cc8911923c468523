#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/zone/ends_index.h"
#include "dataplane/zone/judge.h"
#include "dataplane/zone/zone_table.h"

namespace glacis {

inline constexpr int kMaxPathSteps = 16, kMaxPathVariables = 8, kMaxPathAlternatives = 64;
inline constexpr int kMaxInnerGroups = 3;  // one inside another, below the root

enum class StepVerb : uint8_t { kFlow, kContent };

// One enforced or carried step of a path, flattened in the order as written.
struct PathStepRule {
  StepVerb verb = StepVerb::kFlow;
  bool enforced = false;
  JudgedRule ends;         // from, to, ports (rule unused)
  int32_t flow_line = -1;  // `flow: f-db`: position in JudgeTables::lines, else -1
  bool needs_unmodelled = false, needs_established = false, needs_denied = false;
  uint64_t patterns = 0;  // not used by kFlow; see PatternSet: positions below 64, or:
  std::vector<uint32_t> pattern_ids;
  int8_t from_variable = -1, to_variable = -1;  // positions in PathRule::variables
  Nanos gap;                                    // 0: none
  bool optional = false;                        // may be left out by itself
  bool extra = false;                           // may be left out, by itself or with its group
  uint16_t top = 0;                             // 1-based position of its top-level node
  std::string id;
};

// A group below the root that bounds time. Positions in its alternative's steps, both inclusive.
struct PathSpan {
  uint16_t first = 0, last = 0;
  uint8_t depth = 0;  // 0: directly below the root; spans of equal depth never overlap
  Nanos within;       // from the first of its events to any other; 0: none
  Nanos gap;          // from the last event before the group to its first; 0: none
};

// One alternative: what `any` and optional groups lifted out give. Steps in order; an optional step may
// be left out.
struct PathAlternative {
  std::vector<StepIndex> steps;
  std::vector<PathSpan> spans;
};

struct PathRule {
  RuleIndex rule;
  std::string id;
  std::vector<PathStepRule> steps;
  std::vector<PathAlternative> alternatives;
  std::vector<std::string> variables;
  Nanos within;                    // of the root; 0: none
  std::vector<uint16_t> alert_at;  // top-level positions; the last one always among them
  uint16_t top_nodes = 0;
  uint64_t definition = 0;  // hash of shape, windows and step sources: progress survives while equal
};

// The enforced abuse paths of a generation. PathIndex is a position in `paths`.
struct PathProgram {
  struct At {
    PathIndex path;
    StepIndex step;
  };
  std::vector<PathRule> paths;
  std::vector<At> steps = {};  // of all paths, in order
  EndsIndex by_ends = {};      // positions in `steps`

  // When every path is there: fills the two above. `places` of the zone table that the ends come from.
  void index_steps(size_t places);
};

}  // namespace glacis
