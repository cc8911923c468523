#include "control/exchange/suricata_pattern.h"

#include "control/exchange/one_line.h"
#include "control/threat_model/compile.h"

namespace glacis::control {
namespace {

constexpr std::string_view kMeta = "\\^$.[]|()?*+{}";
constexpr std::string_view kIgnoreCase = "(?i)";

bool is_plain(char c) { return c >= 0x20 && c < 0x7f; }

// One byte in a regular expression. Behind a backslash it stood escaped, and is the same byte without it.
std::string as_hex(char c) { return "\\x" + hex(std::string(1, c)); }

std::string content(std::string_view text, bool any_case) {
  std::string out = "content:\"";
  for (const char c : text) {
    const bool special = !is_plain(c) || std::string_view("\";:|\\").find(c) != std::string_view::npos;
    out += special ? "|" + hex(std::string(1, c)) + "|" : std::string(1, c);
  }
  return out + '"' + (any_case ? "; nocase" : "");
}

}  // namespace

std::optional<std::string> suricata_pattern(std::string_view pattern) {
  const bool any_case = pattern.starts_with(kIgnoreCase);
  const std::string_view rest = any_case ? pattern.substr(kIgnoreCase.size()) : pattern;
  if (!rest.empty() && rest.find_first_of(kMeta) == std::string_view::npos) return content(rest, any_case);
  if (pattern.find("(*") != std::string_view::npos) return std::nullopt;
  std::string out = "pcre:\"/";
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool escaped = pattern[i] == '\\' && i + 1 < pattern.size();
    if (escaped) ++i;
    const char c = pattern[i];
    if (escaped && (c == 'Q' || c == 'E')) return std::nullopt;
    if (!is_plain(c) || c == '"' || c == ';' || c == '/') {
      out += as_hex(c);
    } else {
      out += escaped ? std::string("\\") + c : std::string(1, c);
    }
  }
  return out + "/\"";
}

std::string suricata_text(std::string_view text) { return with_backslashes(one_line(text), "\\\";"); }

std::string suricata_word(std::string_view text) { return replaced(one_line(text), ",;\"\\", ' '); }

}  // namespace glacis::control
