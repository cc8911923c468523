#include "dataplane/policy/rule_id.h"

#include "dataplane/policy/generation.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {

RuleId rule_id(const Generation& generation, RuleIndex index) {
  return RuleId(generation.policy().rules(static_cast<int>(index.value)).id());
}

}  // namespace glacis
