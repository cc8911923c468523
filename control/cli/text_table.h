#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "control/cli/terminal_text.h"

namespace glacis::control {

// Cells in columns as wide as their widest cell. A cell is printable text; its ink does not count.
class TextTable {
 public:
  enum class Align : uint8_t { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    size_t most = 40;  // longer cells are cut with "..."
  };
  struct Cell {
    std::string text;
    Ink ink = Ink::kBold;
    bool has_ink = false;
    Cell(std::string plain) : text(std::move(plain)) {}  // NOLINT: a cell is a text
    Cell(std::string coloured, Ink with) : text(std::move(coloured)), ink(with), has_ink(true) {}
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns. `below` are indented lines after the row.
  void add(std::vector<Cell> cells, std::vector<std::string> below = {});
  void print(Colour colour, std::ostream& out) const;

 private:
  struct Row {
    std::vector<Cell> cells;
    std::vector<std::string> below;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace glacis::control
