#include "control/threat_model/element_reader.h"

#include <algorithm>
#include <charconv>

#include "control/threat_model/grammar.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const std::string best = closest(word, candidates); !best.empty()) return "did you mean '" + best + "'?";
  std::string all;
  for (const std::string_view c : candidates) all += (all.empty() ? "" : ", ") + std::string(c);
  return "one of: " + all;
}

}  // namespace

ElementReader::ElementReader(const YamlTree& tree, std::string_view kind, std::vector<Diagnostic>& diagnostics)
    : ElementReader(tree, keys_of(kind), diagnostics) {}

ElementReader::ElementReader(const YamlTree& tree, std::span<const std::string_view> keys,
                             std::vector<Diagnostic>& diagnostics)
    : tree_(tree), diagnostics_(diagnostics) {
  if (tree.kind != YamlTree::Kind::kMap) {
    error("bad-element", "expected keys and values", "", tree.at);
    return;
  }
  for (const auto& [key, value] : tree.entries) {
    if (std::find(keys.begin(), keys.end(), key.text) != keys.end()) continue;
    error("unknown-key", "unknown key '" + key.text + "'", did_you_mean(key.text, {keys.begin(), keys.end()}), key.at);
  }
}

void ElementReader::error(std::string code, std::string message, std::string hint, const Position& at) {
  diagnostics_.push_back({Level::kError, std::move(code), std::move(message), std::move(hint), at});
}

const Position& ElementReader::at(std::string_view key) const {
  const YamlTree* value = find(key);
  return value != nullptr ? value->at : tree_.at;
}

std::string ElementReader::text(std::string_view key, std::string_view fallback) {
  const YamlTree* value = find(key);
  if (value == nullptr) return std::string(fallback);
  if (value->kind == YamlTree::Kind::kScalar) return value->text;
  error("bad-value", "'" + std::string(key) + "' must be one value", "", value->at);
  return std::string(fallback);
}

std::string ElementReader::required(std::string_view key) {
  if (find(key) == nullptr) error("missing-key", "'" + std::string(key) + "' is missing", "", tree_.at);
  return text(key);
}

uint32_t ElementReader::number(std::string_view key, uint32_t least, uint32_t most, uint32_t fallback) {
  const YamlTree* value = find(key);
  if (value == nullptr) return fallback;
  uint32_t out = 0;
  const auto [end, fault] = std::from_chars(value->text.data(), value->text.data() + value->text.size(), out);
  if (value->text.empty() || fault != std::errc() || end != value->text.data() + value->text.size() || out < least || out > most) {
    error("bad-value", "'" + std::string(key) + "' must be a number from " + std::to_string(least) + " to " + std::to_string(most), "", value->at);
    return fallback;
  }
  return out;
}

bool ElementReader::flag(std::string_view key) {
  const std::string value = text(key, "false");
  if (value != "true" && value != "false") error("bad-value", "'" + std::string(key) + "' must be true or false", "", at(key));
  return value == "true";
}

int64_t ElementReader::duration(std::string_view key) {
  if (find(key) == nullptr) return 0;
  const auto out = duration_ns(text(key));
  if (!out) error("bad-duration", "'" + std::string(key) + "' must be a time such as 30s, 10m, 4h or 1d", "", at(key));
  return out.value_or(0);
}

std::vector<std::string> ElementReader::list(std::string_view key) {
  const YamlTree* value = find(key);
  if (value == nullptr || value->kind == YamlTree::Kind::kNull) return {};
  if (value->kind == YamlTree::Kind::kScalar) return {value->text};
  std::vector<std::string> out;
  for (const YamlTree& item : value->items) {
    if (item.kind == YamlTree::Kind::kScalar) {
      out.push_back(item.text);
    } else {
      error("bad-value", "'" + std::string(key) + "' must list plain values", "", item.at);
    }
  }
  if (value->kind == YamlTree::Kind::kMap) error("bad-value", "'" + std::string(key) + "' must be a value or a list", "", value->at);
  return out;
}

int ElementReader::choice(std::string_view key, const std::vector<std::string_view>& words) {
  if (find(key) == nullptr) return 0;
  const std::string value = text(key);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == value) return static_cast<int>(i) + 1;
  }
  error("bad-value", "'" + value + "' is not known for '" + std::string(key) + "'", did_you_mean(value, words), at(key));
  return 0;
}

}  // namespace glacis::control
