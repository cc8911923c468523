#pragma once

#include <string>
#include <string_view>

namespace glacis::control {

// Text of a model as one line of any format: line ends and tabs are spaces; other control characters (C0, DEL, C1),
// what reorders or hides text (bidirectional and zero-width characters) and what is not UTF-8 are '?'. Quotes and the
// like are the format's to escape. Any thread.
[[nodiscard]] std::string one_line(std::string_view text);

// `text` with each character of `special` behind a backslash.
[[nodiscard]] std::string with_backslashes(std::string_view text, std::string_view special);
// `text` with each character of `special` as `instead`.
[[nodiscard]] std::string replaced(std::string text, std::string_view special, char instead);
// All of them, with `between` between two.
[[nodiscard]] std::string joined(const auto& texts, std::string_view between) {
  std::string out;
  for (const auto& text : texts) {
    if (!out.empty()) out += between;
    out += text;
  }
  return out;
}

}  // namespace glacis::control
