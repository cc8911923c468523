#include "control/exchange/one_line.h"

#include <cstdint>

#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

// The code point of a character that utf8_character() found whole.
uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  uint32_t out = first & (0x7fu >> character.size());
  for (const char c : character.substr(1)) out = out << 6 | (static_cast<unsigned char>(c) & 0x3fu);
  return out;
}

bool is_break(uint32_t c) { return c == '\t' || c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029; }

// Unicode's general category Cc, and of Cf what is invisible or reorders (UAX 9).
bool is_unseen(uint32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool reorders = (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f);
  return control || reorders || c == 0x061c || c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t size = utf8_character(text.substr(at));
    const std::string_view character = text.substr(at, size == 0 ? 1 : size);
    at += character.size();
    const uint32_t c = size == 0 ? 0 : code_point(character);
    if (is_break(c)) {
      out += ' ';
    } else if (is_unseen(c)) {
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
