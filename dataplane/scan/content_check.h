#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace glacis {

// ISO/IEC 7812-1, annex B, over the digits of `digits` (ASCII); other bytes are passed over.
// False for fewer than two digits. Any thread.
[[nodiscard]] bool luhn_holds(std::span<const uint8_t> digits);

// The number that ends `text` and passes Luhn: 12 to 19 digits, single blanks or hyphens between them,
// begun where a group of digits begins. A part of a longer run of digits is no number: of any sixteen
// digits two in five have some such part. The longest that passes; empty: none.
[[nodiscard]] std::span<const uint8_t> luhn_suffix(std::span<const uint8_t> text);

// Writes '*' over letters and digits, all but the last four of them.
void mask(std::span<uint8_t> text);

}  // namespace glacis
