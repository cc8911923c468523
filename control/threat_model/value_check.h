#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/grammar.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {

// Tells what is wrong with a value by itself: its shape is that of the key, numbers are in range, words are in the
// vocabulary. Names, ports and what lies below need the rest of the model and are not looked at. Any thread.
void check_value(const Key& key, const YamlTree& value, std::vector<Diagnostic>& diagnostics);

// What a query writes for what is not said.
inline constexpr std::string_view kNone = "none";

// "did you mean 'x'?", else all of them.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace glacis::control
