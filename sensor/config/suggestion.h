#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glacis::sensor {

// "did you mean 'workers'?" when one of `known` is at most 3 edits away from `word`, else "".
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace glacis::sensor
