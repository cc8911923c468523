#include "control/report/markup.h"

#include <algorithm>

#include "control/threat_model/printable_text.h"

namespace glacis::control {

std::string xml_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' ? '?' : c;
    }
  }
  return out;
}

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_{}[]<>#|~&";
  std::string out;
  for (const char c : text) {
    if (kMarkup.find(c) != std::string_view::npos) out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  const std::string line = text.empty() ? " " : printable(text);
  size_t longest = 0, run = 0;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  // One space on each side is taken off again.
  const std::string_view space = line.starts_with('`') || line.ends_with('`') || line.starts_with(' ') ? " " : "";
  return fence + std::string(space) + line + std::string(space) + fence;
}

std::string csv_text(std::string_view text) {
  constexpr std::string_view kFormula = "=+-@\t\r", kQuoted = ",;\"\r\n";
  std::string out;
  if (!text.empty() && kFormula.find(text[0]) != std::string_view::npos) out = "'";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return text.find_first_of(kQuoted) == std::string_view::npos ? out : '"' + out + '"';
}

}  // namespace glacis::control
