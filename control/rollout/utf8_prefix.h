#pragma once

#include <cstddef>
#include <string>

namespace glacis::control {

// The text, cut to at most `most` bytes before a character of UTF-8. Any thread.
[[nodiscard]] inline std::string utf8_prefix(std::string text, size_t most) {
  if (text.size() <= most) return text;
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

}  // namespace glacis::control
