#include "control/exchange/tree.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

const YamlTree kNothing;

}  // namespace

Diagnostic foreign_fault(std::string code, std::string message, std::string hint, Position at) {
  return {Level::kError, std::move(code), std::move(message), std::move(hint), std::move(at)};
}

Position place_of(const SourceFile& file, size_t byte) {
  const std::string_view before = std::string_view(file.text).substr(0, byte);
  const auto line = static_cast<uint32_t>(std::ranges::count(before, '\n') + 1);
  const size_t start = before.rfind('\n') + 1;  // npos + 1 = 0
  return {file.name, line, static_cast<uint32_t>(before.size() - start + 1)};
}

const YamlTree& child_at(const YamlTree& tree, std::string_view key) {
  const YamlTree* const found = tree.find(key);
  return found == nullptr ? kNothing : *found;
}

std::string text_at(const YamlTree& tree, std::string_view key) {
  const std::string& text = child_at(tree, key).text;
  return text.size() <= kMostForeignText ? text : std::string(utf8_start(text, kMostForeignText));
}

const std::vector<YamlTree>& items_at(const YamlTree& tree, std::string_view key) { return child_at(tree, key).items; }

const std::vector<YamlEntry>& entries_at(const YamlTree& tree, std::string_view key) {
  return child_at(tree, key).entries;
}

std::vector<std::string> texts_at(const YamlTree& tree, std::string_view key) {
  std::vector<std::string> out;
  for (const YamlTree& item : items_at(tree, key)) {
    if (!item.text.empty()) out.emplace_back(utf8_start(item.text, kMostForeignText));
  }
  return out;
}

std::vector<const YamlTree*> all_at(const YamlTree& tree, std::string_view key) {
  std::vector<const YamlTree*> out;
  for (const auto& [name, value] : tree.entries) {
    if (name.text == key) out.push_back(&value);
  }
  return out;
}

bool flag_at(const YamlTree& tree, std::string_view key) { return text_at(tree, key) == "true"; }

std::optional<double> number_at(const YamlTree& tree, std::string_view key) {
  const std::string& text = child_at(tree, key).text;
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(out)) return std::nullopt;
  return out;
}

}  // namespace glacis::control
