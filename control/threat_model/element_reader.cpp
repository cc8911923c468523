#include "control/threat_model/element_reader.h"

#include <algorithm>

#include "control/threat_model/value.h"
#include "control/threat_model/value_check.h"

namespace glacis::control {
namespace {

std::string some_of(std::span<const Key> keys) {
  std::string out;
  for (const Key& key : keys.first(std::min<size_t>(keys.size(), 3)))
    out += (out.empty() ? "such as " : ", ") + std::string(key.name);
  return out;
}

}  // namespace

ElementReader::ElementReader(const YamlTree& tree, std::span<const Key> keys, const Position& at,
                             std::vector<Diagnostic>& diagnostics)
    : tree_(tree), keys_(keys), diagnostics_(diagnostics), at_(at) {
  if (tree.kind == YamlTree::Kind::kMap) {
    check_keys();
  } else {
    error("bad-element", "expected keys and values", some_of(keys), tree.at.line != 0 ? tree.at : at);
  }
}

void ElementReader::check_keys() const {
  std::vector<std::string_view> names;
  for (const Key& key : keys_) names.push_back(key.name);
  for (const auto& [name, value] : tree_.entries) {
    if (const Key* key = key_of(keys_, name.text)) {
      check_value(*key, value, diagnostics_);
    } else {
      error("unknown-key", "unknown key '" + name.text + "'", did_you_mean(name.text, names), name.at);
    }
  }
  for (const Key& key : keys_) check_required(key);
}

void ElementReader::check_required(const Key& key) const {
  if (!key.required) return;
  const YamlTree* value = find(key.name);
  const std::string name = "'" + std::string(key.name) + "'";
  if (value == nullptr) {
    error("missing-key", name + " is missing", std::string(key.hint), at_);
  } else if (value->kind != YamlTree::Kind::kMap && value->text.empty() && value->items.empty()) {
    error("bad-value", name + " is empty", std::string(key.hint), value->at);
  }
}

void ElementReader::error(Code code, std::string message, std::string hint, const Position& at) const {
  diagnostics_.push_back({code, std::move(message), std::move(hint), at});
}

const Position& ElementReader::at(std::string_view key) const {
  const YamlTree* value = find(key);
  return value != nullptr ? value->at : at_;
}

std::string ElementReader::text(std::string_view key, std::string_view fallback) const {
  const YamlTree* value = find(key);
  const bool plain = value != nullptr && value->kind == YamlTree::Kind::kScalar;
  return plain ? value->text : std::string(fallback);
}

std::string ElementReader::sentence(std::string_view key) const {
  std::string out = text(key);
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

uint32_t ElementReader::number(std::string_view key, uint32_t fallback) const {
  const Key* known = key_of(keys_, key);
  return known == nullptr ? fallback : number_in(text(key), known->least, known->most).value_or(fallback);
}

bool ElementReader::flag(std::string_view key) const { return text(key) == "true"; }

int64_t ElementReader::duration(std::string_view key) const { return duration_ns(text(key)).value_or(0); }

int64_t ElementReader::date(std::string_view key) const { return end_of_date_s(text(key)).value_or(0); }

std::vector<Word> ElementReader::words(std::string_view key) const {
  const YamlTree* value = find(key);
  if (value == nullptr) return {};
  if (value->kind == YamlTree::Kind::kScalar) return {{value->text, value->at}};
  std::vector<Word> out;
  for (const YamlTree& item : value->items) {
    if (item.kind == YamlTree::Kind::kScalar) out.push_back({item.text, item.at});
  }
  return out;
}

std::vector<std::string> ElementReader::list(std::string_view key) const {
  std::vector<std::string> out;
  for (Word& word : words(key)) out.push_back(std::move(word.text));
  return out;
}

std::vector<std::string> ElementReader::choices(std::string_view key) const {
  const Key* known = key_of(keys_, key);
  std::vector<std::string> out = known == nullptr ? std::vector<std::string>() : list(key);
  std::erase_if(out, [&](const std::string& word) { return position_of(word, known->vocabulary) == 0; });
  return out;
}

int ElementReader::choice(std::string_view key) const {
  const Key* known = key_of(keys_, key);
  return known == nullptr ? 0 : position_of(text(key), known->vocabulary);
}

}  // namespace glacis::control
