#pragma once

#include <span>
#include <string_view>

namespace glacis::control {

// The language's elements and their keys: the one definition that the parser holds a file against.
struct ElementKeys {
  std::string_view element;              // "zones", "steps", ...
  std::span<const std::string_view> keys;
};

// Keys of an element; empty for an unknown one.
[[nodiscard]] std::span<const std::string_view> keys_of(std::string_view element);
// Verbs a step may begin with.
[[nodiscard]] std::span<const std::string_view> step_verbs();

}  // namespace glacis::control
