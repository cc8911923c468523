#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/model.h"

namespace glacis::control {

// What elements of a model say of each other. Thread: any.

[[nodiscard]] inline bool names(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

// The line asks for the identity, or the identity may be used on it.
[[nodiscard]] inline bool uses(const FlowElement& line, const IdentityElement& identity) {
  return names(line.as, identity.id) || names(identity.may, line.id);
}

}  // namespace glacis::control
