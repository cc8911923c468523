#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/path/path_program.h"
#include "dataplane/policy/address_plan.h"
#include "dataplane/zone/judge.h"

namespace glacis {
namespace v1 {
class Policy;
}

struct PathSources {
  const v1::Policy& policy;
  const AddressPlan& plan;
  std::span<const std::pair<uint32_t, uint32_t>> rule_at;  // (rule id, position), sorted
};

// The enforced abuse paths: steps flattened as written, `any` lifted out into alternatives, limits
// checked. Ends of content steps are added to tables.scan_selectors. Cold.
[[nodiscard]] PathProgram build_paths(const PathSources& sources, JudgeTables& tables, std::vector<Error>& faults);

}  // namespace glacis
