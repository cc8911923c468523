#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/grammar.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {

// A plain value and where it stands.
struct Word {
  std::string text;
  Position at;
};

// Reads the keys of one element and reports what is wrong with them, each fault at its place.
// Borrows the tree and the diagnostics. Thread: one.
class ElementReader {
 public:
  // Unknown keys are reported at once, against the grammar of `element`. `at`: where the element's name stands.
  ElementReader(const YamlTree& tree, std::string_view element, const Position& at,
                std::vector<Diagnostic>& diagnostics);
  // The same for other files of keys and values.
  ElementReader(const YamlTree& tree, std::span<const std::string_view> keys, std::vector<Diagnostic>& diagnostics);

  [[nodiscard]] const YamlTree& tree() const { return tree_; }
  [[nodiscard]] const YamlTree* find(std::string_view key) const { return tree_.find(key); }
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  [[nodiscard]] const Position& at() const { return at_; }
  // Of the key's value; of the element when the key is absent.
  [[nodiscard]] const Position& at(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key, std::string_view fallback = "");
  // text() without the newline that a block scalar ends with.
  [[nodiscard]] std::string sentence(std::string_view key);
  [[nodiscard]] std::string required(std::string_view key, std::string hint = "");
  [[nodiscard]] uint32_t number(std::string_view key, uint32_t least, uint32_t most, uint32_t fallback);
  [[nodiscard]] bool flag(std::string_view key);
  // Nanoseconds, more than 0; 0 when the key is absent.
  [[nodiscard]] int64_t duration(std::string_view key);
  // The last second of that day; 0 when the key is absent.
  [[nodiscard]] int64_t date(std::string_view key);
  // One value or a list of them.
  [[nodiscard]] std::vector<Word> words(std::string_view key);
  [[nodiscard]] std::vector<std::string> list(std::string_view key);
  // As list(), each of the vocabulary.
  [[nodiscard]] std::vector<std::string> choices(std::string_view key, Vocabulary vocabulary);
  // Position in the vocabulary, from 1; 0 when the key is absent.
  [[nodiscard]] int choice(std::string_view key, Vocabulary vocabulary);
  void error(std::string code, std::string message, std::string hint, const Position& at);

 private:
  ElementReader(const YamlTree& tree, std::span<const std::string_view> keys, const Position& at, std::string hint,
                std::vector<Diagnostic>& diagnostics);
  [[nodiscard]] int position(const Word& word, std::string_view key, Vocabulary vocabulary);

  const YamlTree& tree_;
  std::vector<Diagnostic>& diagnostics_;
  Position at_;
};

}  // namespace glacis::control
