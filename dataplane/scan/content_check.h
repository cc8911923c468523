#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace glacis {

// ISO/IEC 7812-1, annex B, over the digits of `digits` (ASCII); other bytes are passed over.
// False for fewer than two digits. Any thread.
[[nodiscard]] bool luhn_holds(std::span<const uint8_t> digits);

// The part of `text` that ends at its end and is a number of 13 to 19 digits that passes
// Luhn, single blanks or hyphens between them allowed; the longest such part. Empty: none.
[[nodiscard]] std::span<const uint8_t> luhn_suffix(std::span<const uint8_t> text);

// Writes '*' over letters and digits, all but the last four of them.
void mask(std::span<uint8_t> text);

}  // namespace glacis
