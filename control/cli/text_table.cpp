#include "control/cli/text_table.h"

#include <algorithm>
#include <ostream>

namespace glacis::control {
namespace {

constexpr const char* kBetween = "  ";

}  // namespace

void TextTable::add(std::vector<Cell> cells, std::vector<std::string> below) {
  for (size_t i = 0; i < cells.size(); ++i) {
    std::string& text = cells[i].text;
    const size_t most = columns_[i].most;
    if (text.size() > most) text = text.substr(0, most - 3) + "...";
  }
  rows_.push_back({std::move(cells), std::move(below)});
}

void TextTable::print(Colour colour, std::ostream& out) const {
  std::vector<size_t> widths;
  std::vector<Cell> titles;
  for (const Column& column : columns_) {
    widths.push_back(column.title.size());
    titles.emplace_back(column.title, Ink::kDim);
  }
  for (const Row& row : rows_) {
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row.cells[i].text.size());
  }
  const auto line = [&](const std::vector<Cell>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      const Cell& cell = cells[i];
      const std::string space(widths[i] - cell.text.size(), ' ');
      const bool last = i + 1 == cells.size();
      const std::string text = cell.has_ink ? inked(cell.text, cell.ink, colour) : cell.text;
      if (columns_[i].align == Align::kRight) out << space << text;
      if (columns_[i].align == Align::kLeft) out << text << (last ? "" : space);
      out << (last ? "\n" : kBetween);
    }
  };
  line(titles);
  for (const Row& row : rows_) {
    line(row.cells);
    for (const std::string& below : row.below) out << "    " << below << "\n";
  }
}

}  // namespace glacis::control
