#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/base/ids.h"
#include "dataplane/path/path_program.h"
#include "dataplane/policy/target_stack.h"
#include "dataplane/scan/pattern_set.h"
#include "dataplane/zone/judge.h"
#include "dataplane/zone/zone_table.h"

namespace glacis {
namespace v1 {
class Policy;
}

// A policy built into lookup tables inside one running sensor. Immutable once built; workers, the
// correlator and the alert drain read it, and it is freed only when all of them have passed it.
class Generation {
 public:
  // What the alert drain prints about a rule; held by position (RuleIndex).
  [[nodiscard]] const v1::Policy& policy() const { return *policy_; }
  [[nodiscard]] GenerationId id() const { return id_; }
  [[nodiscard]] const std::string& digest() const { return digest_; }  // 32 bytes
  [[nodiscard]] uint64_t version() const { return version_; }
  [[nodiscard]] const ZoneTable& zones() const { return zones_; }
  // `place`: of zones(). O(1).
  [[nodiscard]] const TargetStack& stack(PlaceId place) const { return stacks_[place.value]; }
  [[nodiscard]] const Judge& judge() const { return judge_; }
  [[nodiscard]] const PatternSet& patterns() const { return *patterns_; }
  [[nodiscard]] const std::shared_ptr<const PatternSet>& shared_patterns() const { return patterns_; }
  // A bit for each data class that the pattern stands for; 0: none, it belongs to content steps alone.
  [[nodiscard]] uint64_t data_of_pattern(uint32_t pattern) const {
    return pattern < data_of_pattern_.size() ? data_of_pattern_[pattern] : 0;
  }
  [[nodiscard]] const PathProgram& paths() const { return paths_; }

  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;
  ~Generation();

 private:
  friend class GenerationBuilder;
  Generation();
  std::unique_ptr<const v1::Policy> policy_;
  GenerationId id_;
  std::string digest_;
  uint64_t version_ = 0;
  ZoneTable zones_;
  std::vector<TargetStack> stacks_;  // by place
  Judge judge_;
  std::shared_ptr<const PatternSet> patterns_;  // shared by digest between generations
  std::vector<uint64_t> data_of_pattern_;
  PathProgram paths_;
};

// Parses, verifies and builds. Slow (compiles Hyperscan databases): never on a worker.
// `bytes` are hostile. Every fault is reported with the policy's field path. Thread: control.
// `previous` lends its pattern set when the patterns are the same; may be null.
[[nodiscard]] ExpectedAll<std::shared_ptr<const Generation>> build_generation(const std::string& bytes, GenerationId id,
                                                                              uint64_t version,
                                                                              const Generation* previous);

}  // namespace glacis
