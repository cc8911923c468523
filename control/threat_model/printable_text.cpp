#include "control/threat_model/printable_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace glacis::control {
namespace {

struct Decoded {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: not UTF-8
};

// The code point at the start of `text` (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
Decoded decode(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = at(0);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {};
  uint32_t code = first & (0x7f >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (at(i) & 0x3f);
  }
  constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest[bytes] || code > 0x10ffff || surrogate) return {};
  return {code, bytes};
}

// Would do something to a terminal or to the reading direction, or would not be seen.
bool is_unsafe(uint32_t code) {
  constexpr std::array kUnsafe = {
      std::pair{0x0u, 0x1fu},      std::pair{0x7fu, 0x9fu},     std::pair{0xadu, 0xadu},
      std::pair{0x61cu, 0x61cu},   std::pair{0x180eu, 0x180eu}, std::pair{0x200bu, 0x200fu},
      std::pair{0x2028u, 0x202eu}, std::pair{0x2060u, 0x206fu}, std::pair{0xfeffu, 0xfeffu},
      std::pair{0xfff0u, 0xfffbu}, std::pair{0xfffeu, 0xffffu}, std::pair{0xe0000u, 0xe0fffu}};
  return std::any_of(kUnsafe.begin(), kUnsafe.end(),
                     [&](const auto& range) { return code >= range.first && code <= range.second; });
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Decoded next = decode(text);
    const size_t bytes = std::max<size_t>(next.bytes, 1);
    char escaped[16];
    if (next.bytes == 0 || next.code < 0x80) {
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<uint8_t>(text[0]));
    } else {
      std::snprintf(escaped, sizeof escaped, "\\u{%x}", next.code);
    }
    const bool safe = next.bytes != 0 && !is_unsafe(next.code);
    out += safe ? text.substr(0, bytes) : std::string_view(escaped);
    text.remove_prefix(bytes);
  }
  return out;
}

std::string counted(uint64_t n, std::string_view thing) {
  return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

}  // namespace glacis::control
