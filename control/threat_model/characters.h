#pragma once

namespace glacis::control {

// Kinds of code points that text from outside may hold and that do something else than be read.

// Unicode's category Cc.
[[nodiscard]] constexpr bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

[[nodiscard]] constexpr bool ends_line(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

// Not seen where it stands, or reorders what stands around it (UAX 9): zero width, bidirectional controls, byte order
// marks, tags, what is no character.
[[nodiscard]] constexpr bool is_hidden(char32_t c) {
  return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

}  // namespace glacis::control
