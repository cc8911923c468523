// EVE lines: each is a record, another event or bad, whatever it holds; what is read of one is in range.
#include <algorithm>
#include <sstream>
#include <string>

#include "control/exchange/flow_records.h"
#include "tests/fuzz/require.h"

namespace {

using namespace glacis;
using namespace glacis::control;

uint64_t lines_with_text(const std::string& text) {
  std::istringstream in(text);
  uint64_t count = 0;
  for (std::string line; std::getline(in, line);) count += line.empty() ? 0 : 1;
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::istringstream in(text);
  const FlowRecords read = read_flow_records(in, "f");
  require(read.records + read.other_events + read.bad_lines == lines_with_text(text), "each line is counted once");
  require(read.faults.size() == std::min<uint64_t>(read.bad_lines, FlowRecords::kMostFaults), "bad lines are told");
  require(read.flows.size() <= read.records + read.other_events, "a flow for each event at most");
  for (const FlowSummary& flow : read.flows) {
    require(flow.first <= flow.last, "a flow ends after it begins");
    require(flow.first.value > -int64_t{86'400'000'000'000} && flow.last.value < int64_t{1} << 62,
            "times are in range");
    require(flow.initiator.is_v4() == flow.responder.is_v4(), "both ends are of one family");
  }
  (void)read_replay_report(text);
  return 0;
}
