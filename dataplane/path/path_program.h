#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/anomaly.h"
#include "dataplane/base/ids.h"
#include "dataplane/zone/ends_index.h"
#include "dataplane/zone/judge_tables.h"
#include "dataplane/zone/port_glance.h"
#include "dataplane/zone/zone_table.h"

namespace glacis {

inline constexpr int kMaxPathSteps = 16, kMaxPathVariables = 8, kMaxPathAlternatives = 64;
inline constexpr int kMaxInnerGroups = 3;  // one inside another, below the root

enum class StepVerb : uint8_t { kFlow, kContent, kAnomaly };

// One enforced or carried step of a path, flattened in the order as written.
struct PathStepRule {
  StepVerb verb = StepVerb::kFlow;
  bool enforced = false;
  JudgedRule ends;         // from, to, ports (rule unused)
  int32_t flow_line = -1;  // `flow: f-db`: position in JudgeTables::lines, else -1
  bool needs_unmodelled = false, needs_established = false, needs_denied = false;
  std::vector<uint32_t> pattern_ids;            // any of these; kContent
  AnomalySet anomalies;                         // any of these; kAnomaly
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
  bool each = false;        // every completion is told by itself
  uint64_t definition = 0;  // hash of shape, windows and step sources: progress survives while equal
};

// Some of a program's enforced steps, by their ends, with what most are passed over for, so that a step itself is
// looked at only when it may hold. Immutable once filled; any thread may ask.
class StepsByEnds {
 public:
  struct At {
    PathIndex path;
    StepIndex step;
    PortGlance ports;
    bool needs_unmodelled = false;  // no line that covers the flow
  };

  [[nodiscard]] bool empty() const { return steps_.empty(); }
  // Calls with(At) for each that has these ends, in the order (path, step).
  template <class With>
  void each(PlaceId initiator, PlaceId responder, With with) const {
    (void)index_.any(initiator, responder, [&](size_t i) {
      with(steps_[i]);
      return false;
    });
  }
  // Of `paths` those that wanted(step) takes. `places` of the zone table that the ends come from.
  template <class Wanted>
  void fill(const std::vector<PathRule>& paths, size_t places, Wanted wanted);

 private:
  std::vector<At> steps_;
  EndsIndex index_;
};

// The enforced abuse paths of a generation. PathIndex is a position in `paths`.
struct PathProgram {
  std::vector<PathRule> paths;
  // By what may make them hold: a judgement (all `flow` steps), an outcome (those of them that ask for one), a pattern,
  // an anomaly.
  StepsByEnds flow_steps = {}, outcome_steps = {}, content_steps = {}, anomaly_steps = {};
  AnomalySet anomalies = {};  // that some step asks for

  // When every path is there: fills those above. `places` of the zone table that the ends come from.
  void index_steps(size_t places);
};

}  // namespace glacis
