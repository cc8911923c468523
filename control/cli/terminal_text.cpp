#include "control/cli/terminal_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <utility>

#include "control/threat_model/compile.h"

namespace glacis::control {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr size_t kShownDigestBytes = 4;

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

std::string printable_bytes(std::string_view bytes) {
  std::string out(bytes);
  for (char& c : out) {
    if (static_cast<uint8_t>(c) < 0x20 || static_cast<uint8_t>(c) > 0x7e) c = '.';
  }
  return out;
}

std::string inked(std::string_view text, Ink ink, Colour colour) {
  if (colour == Colour::kOff) return std::string(text);
  constexpr std::array kCodes = {"2", "1", "31", "33", "32", "36"};
  return "\033[" + std::string(kCodes[static_cast<size_t>(ink)]) + "m" + std::string(text) + "\033[0m";
}

std::string utc_text(int64_t unix_ns, Precision precision) {
  if (unix_ns == 0) return "-";
  int64_t seconds = unix_ns / kSecond_ns, rest = unix_ns % kSecond_ns;
  if (rest < 0) {
    rest += kSecond_ns;
    --seconds;
  }
  const auto when = static_cast<time_t>(seconds);
  tm utc{};
  gmtime_r(&when, &utc);
  char text[48];
  const char* const format = precision == Precision::kMinutes ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %T";
  std::string out(text, std::strftime(text, sizeof text, format, &utc));
  if (precision != Precision::kMillis) return out;
  std::snprintf(text, sizeof text, ".%03d", static_cast<int>(rest / 1'000'000));
  return out + text;
}

std::string duration_text(int64_t ns) {
  char out[48];
  const double value = static_cast<double>(ns);
  if (ns < 100'000) {
    std::snprintf(out, sizeof out, "%.0f us", value / 1e3);
  } else if (ns < 10'000'000) {
    std::snprintf(out, sizeof out, "%.1f ms", value / 1e6);
  } else if (ns < 10 * kSecond_ns) {
    std::snprintf(out, sizeof out, "%.0f ms", value / 1e6);
  } else {
    std::snprintf(out, sizeof out, "%.1f s", value / 1e9);
  }
  return out;
}

std::string age_text(int64_t then_ns, int64_t now_ns) {
  if (then_ns == 0) return "-";
  const int64_t seconds = std::max<int64_t>(now_ns - then_ns, 0) / kSecond_ns;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7'200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172'800) return std::to_string(seconds / 3'600) + " h";
  return std::to_string(seconds / 86'400) + " d";
}

std::string counted(uint64_t n, std::string_view thing) {
  return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

std::string version_text(uint64_t version, const std::string& digest) {
  if (digest.empty()) return "-";
  return std::to_string(version) + " (" + hex(digest.substr(0, kShownDigestBytes)) + ")";
}

std::string enum_text(std::string_view name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace glacis::control
