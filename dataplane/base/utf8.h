#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glacis {

// Length of the well-formed UTF-8 sequence at the beginning of `s` (RFC 3629, section 4); 0: none.
[[nodiscard]] inline size_t utf8_length(std::string_view s) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(i < s.size() ? s[i] : 0); };
  const uint8_t b = at(0);
  if (b < 0x80) return s.empty() ? 0 : 1;
  const auto tail = [&](size_t i) { return (at(i) & 0xc0) == 0x80; };
  if (b >= 0xc2 && b <= 0xdf) return tail(1) ? 2 : 0;
  if (b >= 0xe0 && b <= 0xef) {
    const bool overlong = b == 0xe0 && at(1) < 0xa0;
    const bool surrogate = b == 0xed && at(1) >= 0xa0;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (b >= 0xf0 && b <= 0xf4) {
    const bool overlong = b == 0xf0 && at(1) < 0x90;
    const bool beyond = b == 0xf4 && at(1) >= 0x90;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace glacis
