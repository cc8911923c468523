#include "sensor/alert/base64.h"

#include <algorithm>
#include <string_view>

namespace glacis::sensor {

std::string base64(std::span<const uint8_t> bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t word = 0;
    for (size_t j = 0; j < 3; ++j) word = word << 8 | (j < n ? bytes[i + j] : 0U);
    for (size_t j = 0; j < 4; ++j) {
      out += j <= n ? kDigits[word >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

}  // namespace glacis::sensor
