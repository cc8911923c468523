#include "control/threat_model/element_reader.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const std::string best = closest(word, candidates); !best.empty()) return "did you mean '" + best + "'?";
  std::string all;
  for (const std::string_view c : candidates) all += (all.empty() ? "" : ", ") + std::string(c);
  return "one of: " + all;
}

std::vector<std::string_view> keys_of(std::string_view element) {
  std::vector<std::string_view> out;
  for (const Key& key : grammar_of(element).keys) out.push_back(key.name);
  return out;
}

std::string some_of(std::span<const std::string_view> keys) {
  std::string out;
  for (const std::string_view key : keys.first(std::min<size_t>(keys.size(), 3)))
    out += (out.empty() ? "such as " : ", ") + std::string(key);
  return out;
}

}  // namespace

ElementReader::ElementReader(const YamlTree& tree, std::string_view element, const Position& at,
                             std::vector<Diagnostic>& diagnostics)
    : ElementReader(tree, keys_of(element), at, some_of(keys_of(element)), diagnostics) {}

ElementReader::ElementReader(const YamlTree& tree, std::span<const std::string_view> keys,
                             std::vector<Diagnostic>& diagnostics)
    : ElementReader(tree, keys, tree.at, "", diagnostics) {}

ElementReader::ElementReader(const YamlTree& tree, std::span<const std::string_view> keys, const Position& at,
                             std::string hint, std::vector<Diagnostic>& diagnostics)
    : tree_(tree), diagnostics_(diagnostics), at_(at) {
  if (tree.kind != YamlTree::Kind::kMap) {
    error("bad-element", "expected keys and values", std::move(hint), tree.at.line != 0 ? tree.at : at);
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
  return value != nullptr ? value->at : at_;
}

std::string ElementReader::text(std::string_view key, std::string_view fallback) {
  const YamlTree* value = find(key);
  if (value == nullptr) return std::string(fallback);
  if (value->kind == YamlTree::Kind::kScalar) return value->text;
  error("bad-value", "'" + std::string(key) + "' must be one value", "", value->at);
  return std::string(fallback);
}

std::string ElementReader::sentence(std::string_view key) {
  std::string out = text(key);
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

std::string ElementReader::required(std::string_view key, std::string hint) {
  if (!has(key)) {
    error("missing-key", "'" + std::string(key) + "' is missing", std::move(hint), at_);
    return "";
  }
  std::string out = text(key);
  if (out.empty() && find(key)->kind == YamlTree::Kind::kScalar)
    error("bad-value", "'" + std::string(key) + "' is empty", std::move(hint), at(key));
  return out;
}

uint32_t ElementReader::number(std::string_view key, uint32_t least, uint32_t most, uint32_t fallback) {
  const YamlTree* value = find(key);
  if (value == nullptr) return fallback;
  uint32_t out = 0;
  const auto [end, fault] = std::from_chars(value->text.data(), value->text.data() + value->text.size(), out);
  if (value->text.empty() || fault != std::errc() || end != value->text.data() + value->text.size() || out < least ||
      out > most) {
    error("bad-value",
          "'" + std::string(key) + "' must be a number from " + std::to_string(least) + " to " + std::to_string(most),
          "", value->at);
    return fallback;
  }
  return out;
}

bool ElementReader::flag(std::string_view key) {
  const std::string value = text(key, "false");
  if (value != "true" && value != "false")
    error("bad-value", "'" + std::string(key) + "' must be true or false", "", at(key));
  return value == "true";
}

int64_t ElementReader::duration(std::string_view key) {
  if (!has(key)) return 0;
  const int64_t out = duration_ns(text(key)).value_or(0);
  if (out == 0)
    error("bad-duration", "'" + std::string(key) + "' must be a time such as 30s, 10m, 4h or 1d", "", at(key));
  return out;
}

int64_t ElementReader::date(std::string_view key) {
  if (!has(key)) return 0;
  const auto end = end_of_date_s(text(key));
  if (!end) error("bad-date", "'" + std::string(key) + "' must be a date such as 2029-03-31", "", at(key));
  return end.value_or(0);
}

std::vector<Word> ElementReader::words(std::string_view key) {
  const YamlTree* value = find(key);
  if (value == nullptr || value->kind == YamlTree::Kind::kNull) return {};
  if (value->kind == YamlTree::Kind::kScalar) return {{value->text, value->at}};
  std::vector<Word> out;
  for (const YamlTree& item : value->items) {
    if (item.kind == YamlTree::Kind::kScalar) {
      out.push_back({item.text, item.at});
    } else {
      error("bad-value", "'" + std::string(key) + "' must list plain values", "", item.at);
    }
  }
  if (value->kind == YamlTree::Kind::kMap)
    error("bad-value", "'" + std::string(key) + "' must be a value or a list", "", value->at);
  return out;
}

std::vector<std::string> ElementReader::list(std::string_view key) {
  std::vector<std::string> out;
  for (Word& word : words(key)) out.push_back(std::move(word.text));
  return out;
}

int ElementReader::position(const Word& word, std::string_view key, Vocabulary vocabulary) {
  const auto known = words_of(vocabulary);
  const auto found = std::find(known.begin(), known.end(), word.text);
  if (found != known.end()) return static_cast<int>(found - known.begin()) + 1;
  error("bad-value", "'" + word.text + "' is not known for '" + std::string(key) + "'",
        did_you_mean(word.text, {known.begin(), known.end()}), word.at);
  return 0;
}

std::vector<std::string> ElementReader::choices(std::string_view key, Vocabulary vocabulary) {
  std::vector<std::string> out;
  for (Word& word : words(key)) {
    if (position(word, key, vocabulary) != 0) out.push_back(std::move(word.text));
  }
  return out;
}

int ElementReader::choice(std::string_view key, Vocabulary vocabulary) {
  const YamlTree* value = find(key);
  if (value == nullptr) return 0;
  if (value->kind == YamlTree::Kind::kScalar) return position({value->text, value->at}, key, vocabulary);
  error("bad-value", "'" + std::string(key) + "' must be one value", "", value->at);
  return 0;
}

}  // namespace glacis::control
