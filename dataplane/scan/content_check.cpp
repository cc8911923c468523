#include "dataplane/scan/content_check.h"

namespace glacis {
namespace {

constexpr size_t kShortestNumber = 13, kLongestNumber = 19;  // ISO/IEC 7812-1 in use
constexpr int kShownAtTheEnd = 4;

bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
bool is_word(uint8_t c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool luhn_holds(std::span<const uint8_t> digits) {
  int sum = 0, count = 0;
  for (size_t i = digits.size(); i > 0; --i) {
    if (!is_digit(digits[i - 1])) continue;
    int d = digits[i - 1] - '0';
    if (count % 2 == 1) d = d > 4 ? 2 * d - 9 : 2 * d;
    sum += d;
    ++count;
  }
  return count >= 2 && sum % 10 == 0;
}

std::span<const uint8_t> luhn_suffix(std::span<const uint8_t> text) {
  std::span<const uint8_t> best;
  size_t digits = 0;
  for (size_t i = text.size(); i > 0 && digits < kLongestNumber;) {
    while (i > 0 && is_digit(text[i - 1])) {
      ++digits;
      --i;
    }
    if (digits >= kShortestNumber && digits <= kLongestNumber && luhn_holds(text.subspan(i))) best = text.subspan(i);
    const bool joined = digits > 0 && i > 1 && (text[i - 1] == ' ' || text[i - 1] == '-') && is_digit(text[i - 2]);
    if (!joined) break;
    --i;
  }
  return best;
}

void mask(std::span<uint8_t> text) {
  int shown = 0;
  for (size_t i = text.size(); i > 0; --i) {
    if (!is_word(text[i - 1])) continue;
    if (shown++ >= kShownAtTheEnd) text[i - 1] = '*';
  }
}

}  // namespace glacis
