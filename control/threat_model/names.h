#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/element_reader.h"
#include "control/threat_model/grammar.h"

namespace glacis::control {

// The one namespace of a model: what is declared, and what is referred to. Suggestions are made for
// the first hundred unknown names only, because each is compared with every declared one. Thread: one.
class NameTable {
 public:
  explicit NameTable(std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics) {}

  void declare(const std::string& id, NameKind kind, const Position& at);
  // `wanted` is a set of NameKind.
  void refer(const Word& word, uint32_t wanted);
  [[nodiscard]] bool is(const std::string& id, uint32_t kinds) const;
  // After every file was read: what is referred to must be declared, and as what is wanted.
  void check();

 private:
  struct Declared {
    NameKind kind;
    Position at;
  };
  struct Reference {
    Word word;
    uint32_t wanted;
  };
  [[nodiscard]] std::string suggestion(const Reference& reference);

  std::vector<Diagnostic>& diagnostics_;
  std::map<std::string, Declared> declared_;
  std::vector<Reference> references_;
  int suggestions_left_ = 100;
};

// "a zone or asset".
[[nodiscard]] std::string kinds_text(uint32_t kinds);

// Letters, digits and - _ . (a source also /), begun with a letter or digit, at most 64 long.
[[nodiscard]] bool is_id(std::string_view text, NameKind kind);

}  // namespace glacis::control
