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

// Reads the keys of one element. What is wrong with keys and values is told once, when it is made: unknown and missing
// keys, values of another shape than the grammar says. What names stand for, ports and what lies below are the
// caller's. What is read afterwards is silent: a value with a fault reads as absent. Borrows the tree, the keys and the
// diagnostics. Thread: one.
class ElementReader {
 public:
  // `at`: where the element's name stands.
  ElementReader(const YamlTree& tree, std::span<const Key> keys, const Position& at,
                std::vector<Diagnostic>& diagnostics);
  ElementReader(const YamlTree& tree, std::string_view element, const Position& at,
                std::vector<Diagnostic>& diagnostics)
      : ElementReader(tree, grammar_of(element).keys, at, diagnostics) {}

  [[nodiscard]] const YamlTree& tree() const { return tree_; }
  [[nodiscard]] std::span<const Key> keys() const { return keys_; }
  [[nodiscard]] const YamlTree* find(std::string_view key) const { return tree_.find(key); }
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  [[nodiscard]] const Position& at() const { return at_; }
  // Of the key's value; of the element when the key is absent.
  [[nodiscard]] const Position& at(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key, std::string_view fallback = "") const;
  // text() without the newline that a block scalar ends with.
  [[nodiscard]] std::string sentence(std::string_view key) const;
  [[nodiscard]] uint32_t number(std::string_view key, uint32_t fallback = 0) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  // Nanoseconds, more than 0; 0 when the key is absent.
  [[nodiscard]] int64_t duration(std::string_view key) const;
  // The last second of that day; 0 when the key is absent.
  [[nodiscard]] int64_t date(std::string_view key) const;
  // One value or a list of them.
  [[nodiscard]] std::vector<Word> words(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;
  // As list(), of the key's vocabulary.
  [[nodiscard]] std::vector<std::string> choices(std::string_view key) const;
  // Position in the key's vocabulary, from 1; 0 when the key is absent.
  [[nodiscard]] int choice(std::string_view key) const;
  // Likewise, of a vocabulary whose words stand in the order of a policy's enumerators.
  template <class Enumeration>
  [[nodiscard]] Enumeration choice_as(std::string_view key) const {
    return static_cast<Enumeration>(choice(key));
  }
  void error(Code code, std::string message, std::string hint, const Position& at) const;

 private:
  void check_keys() const;
  void check_required(const Key& key) const;

  const YamlTree& tree_;
  const std::span<const Key> keys_;
  std::vector<Diagnostic>& diagnostics_;
  const Position at_;
};

}  // namespace glacis::control
