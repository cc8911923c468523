#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {

// Reads the keys of one element and reports what is wrong with them, each fault at its place.
// Borrows the tree and the diagnostics. Thread: one.
class ElementReader {
 public:
  // Unknown keys are reported at once, against the grammar of `kind`, or against `keys`.
  ElementReader(const YamlTree& tree, std::string_view kind, std::vector<Diagnostic>& diagnostics);
  ElementReader(const YamlTree& tree, std::span<const std::string_view> keys, std::vector<Diagnostic>& diagnostics);

  [[nodiscard]] const YamlTree* find(std::string_view key) const { return tree_.find(key); }
  [[nodiscard]] const Position& at() const { return tree_.at; }
  [[nodiscard]] const Position& at(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key, std::string_view fallback = "");
  [[nodiscard]] std::string required(std::string_view key);
  [[nodiscard]] uint32_t number(std::string_view key, uint32_t least, uint32_t most, uint32_t fallback);
  [[nodiscard]] bool flag(std::string_view key);
  [[nodiscard]] int64_t duration(std::string_view key);
  // One value or a list of them.
  [[nodiscard]] std::vector<std::string> list(std::string_view key);
  // Position in `words`, from 1; 0 when the key is absent.
  [[nodiscard]] int choice(std::string_view key, const std::vector<std::string_view>& words);
  void error(std::string code, std::string message, std::string hint, const Position& at);

 private:
  const YamlTree& tree_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace glacis::control
