#include "control/cli/terminal_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <utility>

#include "control/threat_model/compile.h"

namespace glacis::control {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr size_t kShownDigestBytes = 4;

}  // namespace

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
