#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "control/analysis/flow_summary.h"
#include "control/threat_model/model.h"
#include "dataplane/base/stretches.h"

namespace glacis {
class Generation;
}

namespace glacis::control {

// Where flows are stored, as plain data.
struct HuntSource {
  enum class Kind : uint8_t {
    kCaptures,     // packets, judged by the sensor's own program under policy(): `hits` is its word
    kFlowRecords,  // what sensors wrote of flows: ends, times, outcome, bytes
  };
  Kind kind = Kind::kFlowRecords;
  std::vector<FlowSummary> flows;
  std::map<std::string, std::set<uint64_t>> hits;  // by hunt: ids of flows
  std::vector<Stretch> seen;                       // when somebody was looking, of all its files
  std::vector<std::string> losses;                 // what is missing in it, a phrase each
  std::vector<std::string> payload_losses;         // likewise, for those who ask for bytes
};

// An end as the model calls it.
struct HuntedEnd {
  std::string zone;  // "unknown" where none has it
  std::vector<std::string> assets;
};
struct HuntedFlow {
  FlowSummary flow;
  HuntedEnd from, to;
};

enum class HuntResult : uint8_t { kNo, kYes, kUnknown };

struct HuntAnswer {
  std::string id, ask, owner;
  Position at;
  HuntResult result = HuntResult::kUnknown;
  std::string why;                // of kUnknown
  std::vector<HuntedFlow> flows;  // the most recent first
  Stretch window;                 // that is asked about, both ends included
  int64_t over_ns = 0;            // as the model has it; 0: all there is
  std::vector<Stretch> seen;      // within it
  Nanos looked_at;                // their sum
  std::vector<std::string> losses;
  std::vector<std::string> unasked;  // sources that cannot answer it, and why
};

// The hunts of a model, asked of stored flows. Steps are compiled as those of cases are, and what a record cannot be
// asked by a packet is asked of it by the sensor's own judge and step selector: the outcome as it was at the end, the
// lines as they hold at the flow's first and last packet. Thread: any.
class Hunter {
 public:
  // The faults of compiling it for a sensor: zones need addresses.
  [[nodiscard]] static std::expected<std::unique_ptr<Hunter>, std::vector<Diagnostic>> make(Model model);
  ~Hunter();
  Hunter(const Hunter&) = delete;
  Hunter& operator=(const Hunter&) = delete;

  [[nodiscard]] const Model& model() const { return model_; }
  // What captures are replayed under: alerts of rule "hunts/ID" are its hits.
  [[nodiscard]] const std::string& policy() const { return policy_; }
  // `at`: the end of the window; none: the end of what is stored. `hunt` is one of model()'s.
  [[nodiscard]] HuntAnswer answer(const HuntElement& hunt, std::span<const HuntSource> sources,
                                  std::optional<Nanos> at) const;

 private:
  class Asked;
  explicit Hunter(Model model) : model_(std::move(model)) {}

  const Model model_;
  std::string policy_;
  std::shared_ptr<const Generation> generation_;
};

}  // namespace glacis::control
