#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glacis::control {

// A report as plain data, which its writers lay out for a terminal, a wiki or a browser. Text is as it came: to be
// escaped by who writes it.
struct Document {
  enum class Tone : uint8_t { kPlain, kGood, kFair, kPoor, kBad };
  struct Cell {
    std::string text;
    Tone tone = Tone::kPlain;
  };
  struct Row {
    std::vector<Cell> cells;         // as many as columns
    std::vector<std::string> notes;  // on the whole row
  };
  struct Section {
    std::string heading;
    std::vector<std::string> paragraphs;
    std::vector<std::string> columns;  // none: no table
    std::vector<Row> rows;
    bool page = false;  // it begins a page, and what follows up to the next one belongs to it
  };
  std::string title;
  std::vector<Section> sections;
};

// GitHub-flavoured Markdown. Notes are a column of their own. Any thread.
[[nodiscard]] std::string markdown(const Document& document);
// One HTML5 page that loads nothing and runs nothing. Any thread.
[[nodiscard]] std::string html(const Document& document);

}  // namespace glacis::control
