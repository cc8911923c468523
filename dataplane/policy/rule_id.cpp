#include "dataplane/policy/rule_id.h"

#include "dataplane/policy/generation.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {

RuleId rule_id(const Generation& generation, RuleIndex index) {
  const auto& rules = generation.policy().rules();
  if (index.value >= static_cast<uint32_t>(rules.size())) return RuleId(0);
  return RuleId(rules.Get(static_cast<int>(index.value)).id());
}

}  // namespace glacis
