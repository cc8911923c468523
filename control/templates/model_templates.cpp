#include "control/templates/model_templates.h"

#include <algorithm>

#include "control/exchange/one_line.h"

namespace glacis::control {
namespace {

// Plain where YAML takes it for nothing but text, else in double quotes (YAML 1.2, 7.3).
std::string scalar(std::string_view text) {
  const std::string line = one_line(text);
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const bool letter = !line.empty() && ((line[0] | 0x20) >= 'a' && (line[0] | 0x20) <= 'z');
  constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on", "off"};
  const bool word = std::ranges::find(kWords, line) != std::end(kWords);
  if (letter && !word && std::ranges::all_of(line, plain)) return line;
  return '"' + with_backslashes(line, "\"\\") + '"';
}

// The first line `  KEY: WORD ...` with another value; it is that of the model's header, which comes first.
void set(std::string& text, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  const std::string begin = "\n  " + std::string(key) + ": ";
  const size_t at = text.find(begin) + begin.size();
  text.replace(at, text.find_first_of(" \n", at) - at, scalar(value));
}

}  // namespace

const ModelTemplate* model_template(std::string_view name) {
  const auto found = std::ranges::find(model_templates(), name, &ModelTemplate::name);
  return found == model_templates().end() ? nullptr : &*found;
}

std::string model_of(const ModelTemplate& from, std::string_view id, std::string_view owner) {
  std::string out(from.text);
  set(out, "id", id);
  set(out, "owner", owner);
  return out;
}

}  // namespace glacis::control
