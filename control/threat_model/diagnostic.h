#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

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

enum class Level : uint8_t { kNote = 1, kWarning, kError };

// What `check` says of a model. `code` is stable: people filter by it.
struct Diagnostic {
  Level level = Level::kError;
  std::string code;  // "unknown-key"
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
