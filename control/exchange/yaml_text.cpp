#include "control/exchange/yaml_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

char32_t code_point(std::string_view character) {
  constexpr std::array<uint8_t, 5> kFirstBits = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t out = static_cast<uint8_t>(character[0]) & kFirstBits[character.size()];
  for (const char c : character.substr(1)) out = out << 6 | (static_cast<uint8_t>(c) & 0x3fU);
  return out;
}

// White space and what ends lines or controls a terminal.
bool is_blank(char32_t c) { return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x3000; }

// Zero width, bidirectional controls, byte order marks, what is no character.
bool is_hidden(char32_t c) {
  return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x061c ||
         c == 0x00ad || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

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

std::string one_line(std::string_view text, size_t most) {
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
    const char32_t c = code_point(character);
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
