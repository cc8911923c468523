#include "control/cli/document_text.h"

#include <array>
#include <ostream>

#include "control/cli/text_table.h"

namespace glacis::control {
namespace {

constexpr size_t kWholeCell = 4096;  // nothing is cut

TextTable::Cell text_cell(const Document::Cell& cell) {
  constexpr std::array kInks = {Ink::kBold, Ink::kGreen, Ink::kYellow, Ink::kCyan, Ink::kRed};
  if (cell.tone == Document::Tone::kPlain) return {printable(cell.text)};
  return {printable(cell.text), kInks[static_cast<size_t>(cell.tone)]};
}

void print_table(const Document::Section& section, Colour colour, std::ostream& out) {
  std::vector<TextTable::Column> columns;
  for (const std::string& column : section.columns)
    columns.push_back({printable(column), TextTable::Align::kLeft, kWholeCell});
  TextTable table(std::move(columns));
  for (const Document::Row& row : section.rows) {
    std::vector<TextTable::Cell> cells;
    for (const Document::Cell& cell : row.cells) cells.push_back(text_cell(cell));
    std::vector<std::string> notes;
    for (const std::string& note : row.notes) notes.push_back(printable(note));
    table.add(std::move(cells), std::move(notes));
  }
  table.print(colour, out);
}

}  // namespace

void print_document(const Document& document, Colour colour, std::ostream& out) {
  bool first = true;
  for (const Document::Section& section : document.sections) {
    const std::string heading = printable(section.heading);
    out << (first ? "" : "\n") << inked(heading, Ink::kBold, colour) << "\n";
    if (section.page) out << std::string(heading.size(), '=') << "\n";
    first = false;
    for (const std::string& paragraph : section.paragraphs) out << printable(paragraph) << "\n";
    if (!section.rows.empty()) print_table(section, colour, out);
  }
}

}  // namespace glacis::control
