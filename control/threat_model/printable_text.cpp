#include "control/threat_model/printable_text.h"

#include <algorithm>
#include <cstdio>

#include "control/threat_model/characters.h"
#include "dataplane/base/utf8.h"

namespace glacis::control {
std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t size = utf8_character(text);
    const std::string_view character = text.substr(0, std::max<size_t>(size, 1));
    text.remove_prefix(character.size());
    const char32_t c = size == 0 ? 0 : utf8_code_point(character);
    if (!is_control(c) && !ends_line(c) && !is_hidden(c)) {
      out += character;
      continue;
    }
    char escaped[16];
    if (size <= 1) {
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<uint8_t>(character[0]));
    } else {
      std::snprintf(escaped, sizeof escaped, "\\u{%x}", static_cast<unsigned>(c));
    }
    out += escaped;
  }
  return out;
}

std::string counted(uint64_t n, std::string_view thing) {
  return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

}  // namespace glacis::control
