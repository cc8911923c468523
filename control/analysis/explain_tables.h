#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "dataplane/policy/generation.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {

// Built as on a sensor; fails with what a sensor would say of it.
[[nodiscard]] std::expected<std::shared_ptr<const Generation>, std::vector<Diagnostic>> built(const v1::Policy& policy);

// What a built policy says of its rules and places, for those who explain it. `rule` is one of the generation's.

[[nodiscard]] inline const v1::Rule& rule_at(const Generation& generation, RuleIndex rule) {
  return generation.policy().rules(static_cast<int>(rule.value));
}

// Of the rule with that id, which the policy has.
[[nodiscard]] RuleIndex index_of(const v1::Policy& policy, uint32_t rule);

[[nodiscard]] inline Position position_of(const v1::Line& line) { return {line.file(), line.line(), line.column()}; }

// Whether the model's asset stands at the place: it claims it, or has no address and no asset of its model claims it.
[[nodiscard]] bool stands_at(const v1::Policy& policy, const ZoneTable::Place& place, size_t model,
                             const std::string& asset);

// Whether an end holds a place.
[[nodiscard]] bool holds(const v1::Policy& policy, const v1::Ends& ends, const ZoneTable::Place& place);

}  // namespace glacis::control
