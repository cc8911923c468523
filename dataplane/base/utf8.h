#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glacis {

// Bytes of the character that `text` begins with; 0: it begins with none (RFC 3629, section 4).
[[nodiscard]] constexpr size_t utf8_character(std::string_view text) {
  const auto byte = [text](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const uint8_t first = byte(0);
  if (text.empty() || first < 0x80) return text.empty() ? 0 : 1;
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  // What the first byte leaves for the second: nothing overlong, no surrogate, nothing above U+10FFFF.
  const uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (first < 0xc2 || first > 0xf4 || byte(1) < least || byte(1) > most) return 0;
  for (size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return size;
}

// Of a whole character, as utf8_character() finds it.
[[nodiscard]] constexpr char32_t utf8_code_point(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  char32_t out = character.size() == 1 ? first : first & (0x7fU >> character.size());
  for (const char c : character.substr(1)) out = out << 6 | (static_cast<uint8_t>(c) & 0x3fU);
  return out;
}

// Bytes of the longest start of `text` that is whole UTF-8 characters; text.size(): all of it is.
[[nodiscard]] constexpr size_t utf8_prefix(std::string_view text) {
  size_t at = 0;
  while (const size_t size = utf8_character(text.substr(at))) at += size;
  return at;
}

// The start of `text` in at most `most` bytes, without a character cut in two.
[[nodiscard]] constexpr std::string_view utf8_start(std::string_view text, size_t most) {
  text = text.substr(0, most);
  return text.substr(0, utf8_prefix(text));
}

}  // namespace glacis
