#include "control/exchange/yaml_text.h"

#include <algorithm>
#include <cctype>

#include "control/threat_model/characters.h"
#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

// White space and what ends lines or controls a terminal.
bool is_blank(char32_t c) { return is_control(c) || ends_line(c) || c == ' ' || c == 0xa0 || c == 0x3000; }

bool is_plain(std::string_view text) {
  const auto letter = [](unsigned char c) { return c < 0x80 && std::isalpha(c) != 0; };
  const auto good = [&](unsigned char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
  };
  return !text.empty() && letter(static_cast<unsigned char>(text[0])) && std::ranges::all_of(text, good);
}

// Words that YAML 1.1 or 1.2 readers take for something else than text.
bool is_word_of_yaml(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  return std::ranges::find(kWords, lower) != std::end(kWords);
}

}  // namespace

std::string draft_line(std::string_view text, size_t most) {
  std::string out;
  bool blank = false;
  while (!text.empty()) {
    const size_t size = utf8_character(text);
    if (size == 0) {
      text.remove_prefix(1);
      continue;
    }
    const std::string_view character = text.substr(0, size);
    text.remove_prefix(size);
    const char32_t c = utf8_code_point(character);
    if (is_hidden(c)) continue;
    if (is_blank(c)) {
      blank = !out.empty();
      continue;
    }
    if (out.size() + size + (blank ? 1 : 0) > most) return std::string(utf8_start(out, most - 3)) + "...";
    if (blank) out += ' ';
    blank = false;
    out += character;
  }
  return out;
}

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text) && !is_word_of_yaml(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string yaml_list(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return yaml_scalar(texts[0]);
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + yaml_scalar(text);
  return "[" + out + "]";
}

}  // namespace glacis::control
