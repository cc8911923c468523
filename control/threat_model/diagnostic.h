#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/threat_model/check_rules.h"

namespace glacis::control {

// One file of a model as given; `name` is what messages and alerts show.
struct SourceFile {
  std::string name;
  std::string text;
};

// 1-based; line 0: the whole file.
struct Position {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
};
// "shop.yaml:12"
[[nodiscard]] inline std::string place_text(const Position& at) { return at.file + ":" + std::to_string(at.line); }

// What `check` says of a model.
struct Diagnostic {
  Diagnostic(Code of, std::string what, std::string what_to_do, Position where)
      : level(of.rule().level),
        code(of.rule().code),
        message(std::move(what)),
        hint(std::move(what_to_do)),
        at(std::move(where)) {}
  // As another program said it.
  Diagnostic(Level how_bad, std::string of, std::string what, std::string what_to_do, Position where)
      : level(how_bad),
        code(std::move(of)),
        message(std::move(what)),
        hint(std::move(what_to_do)),
        at(std::move(where)) {}

  Level level;
  std::string code;  // stable: "unknown-key"
  std::string message;
  std::string hint;  // may be empty
  Position at;
};

[[nodiscard]] std::string_view level_name(Level level);
[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics);

enum class Colour : uint8_t { kOff, kOn };

// "file:line:column: error: message [code]", the source line, a caret and the hint.
void print_text(const std::vector<Diagnostic>& diagnostics, const std::vector<SourceFile>& files, Colour colour,
                std::ostream& out);
// One JSON array.
void print_json(const std::vector<Diagnostic>& diagnostics, std::ostream& out);

// The candidate closest to `word`, "" when none is close (edit distance up to a third of its length).
[[nodiscard]] std::string closest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace glacis::control
