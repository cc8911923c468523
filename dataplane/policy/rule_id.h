#pragma once

#include "dataplane/base/ids.h"

namespace glacis {

class Generation;

// The stable id of the rule at `index` of this generation; 0 where there is none, as for kNoRule. No allocation.
// Thread: any.
[[nodiscard]] RuleId rule_id(const Generation& generation, RuleIndex index);

}  // namespace glacis
