#pragma once

#include <string>

namespace glacis::control {

// The language as a JSON Schema (draft-07) for editors, made of the grammar that the parser uses. What needs more than
// one value is the parser's alone: names, addresses in zones, paths. Ends with a newline. Any thread.
[[nodiscard]] std::string model_schema();

// Likewise of a file of invariants.
[[nodiscard]] std::string invariant_schema();

// Both as a page for people, in Markdown: every element, key and word.
[[nodiscard]] std::string model_reference();

}  // namespace glacis::control
