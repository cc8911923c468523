#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/analysis/flow_summary.h"
#include "dataplane/base/error.h"
#include "dataplane/base/stretches.h"

namespace glacis::control {

// What stands in a file of EVE lines, as sensors and `glacis replay --flows` write them.
struct FlowRecords {
  std::vector<FlowSummary> flows;                  // of each flow its last record; then those that hits alone tell of
  std::map<std::string, std::set<uint64_t>> hits;  // alerts of hunts: "H1" and its flows' ids
  Stretches seen;                                  // from each flow's first packet to its last
  uint64_t records = 0, other_events = 0, bad_lines = 0;
  uint64_t left_out = 0;      // records of further flows than are kept
  std::vector<Error> faults;  // of the first kMostFaults bad lines, at "file:line"

  static constexpr size_t kMostFaults = 20, kMostFlows = size_t{1} << 21, kLongestLine = size_t{1} << 20;
};

// Reads to the end. Lines are hostile: one that is no event, or longer than kLongestLine, is counted and told, and
// reading goes on. Other programs' flow events are read too; they have no outcome. `file` is what messages call it.
// Thread: any.
[[nodiscard]] FlowRecords read_flow_records(std::istream& in, const std::string& file);

// What a replay says of itself (`glacis-sensor replay --json`).
struct ReplayReport {
  struct Capture {
    std::string file;
    uint64_t packets = 0;
    std::vector<Stretch> seen;
  };
  std::vector<Capture> captures;
  std::vector<std::string> losses, payload_losses;  // a phrase each
};
// Fails when it is none.
[[nodiscard]] Expected<ReplayReport> read_replay_report(const std::string& line);

}  // namespace glacis::control
