#include "control/exchange/one_line.h"

#include "control/threat_model/characters.h"
#include "dataplane/base/utf8.h"

namespace glacis::control {
std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t size = utf8_character(text.substr(at));
    const std::string_view character = text.substr(at, size == 0 ? 1 : size);
    at += character.size();
    const char32_t c = size == 0 ? 0 : utf8_code_point(character);
    if (ends_line(c) || c == '\t') {
      out += ' ';
    } else if (is_control(c) || is_hidden(c)) {
      out += '?';
    } else {
      out += character;
    }
  }
  return out;
}

std::string with_backslashes(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string replaced(std::string text, std::string_view special, char instead) {
  for (char& c : text) {
    if (special.find(c) != std::string_view::npos) c = instead;
  }
  return text;
}

}  // namespace glacis::control
