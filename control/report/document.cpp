#include "control/report/document.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "control/report/markup.h"
#include "control/threat_model/printable_text.h"

namespace glacis::control {
namespace {

constexpr std::string_view kNotes = "Why";

bool has_notes(const Document::Section& section) {
  return std::ranges::any_of(section.rows, [](const Document::Row& row) { return !row.notes.empty(); });
}

std::string escaped(const std::string& text) { return markdown_text(printable(text)); }

std::string markdown_row(const Document::Row& row, bool notes) {
  std::string out = "|";
  for (const Document::Cell& cell : row.cells) out += " " + escaped(cell.text) + " |";
  if (!notes) return out + "\n";
  std::string all;
  for (const std::string& note : row.notes) all += (all.empty() ? "" : "<br>") + escaped(note);
  return out + " " + all + " |\n";
}

std::string markdown_table(const Document::Section& section) {
  const bool notes = has_notes(section);
  Document::Row head;
  for (const std::string& column : section.columns) head.cells.push_back({column});
  if (notes) head.cells.push_back({std::string(kNotes)});
  std::string out = markdown_row(head, false) + "|";
  for (size_t i = 0; i < head.cells.size(); ++i) out += "---|";
  out += "\n";
  for (const Document::Row& row : section.rows) out += markdown_row(row, notes);
  return out + "\n";
}

std::string html_text(const std::string& text) { return xml_text(printable(text)); }

std::string html_cell(const Document::Cell& cell) {
  constexpr std::array<std::string_view, 5> kClasses = {"", "good", "fair", "poor", "bad"};
  const std::string_view tone = kClasses[static_cast<size_t>(cell.tone)];
  return (tone.empty() ? "<td>" : "<td class=\"" + std::string(tone) + "\">") + html_text(cell.text) + "</td>";
}

std::string html_table(const Document::Section& section) {
  const bool notes = has_notes(section);
  std::string out = "<table>\n<tr>";
  for (const std::string& column : section.columns) out += "<th>" + html_text(column) + "</th>";
  out += (notes ? "<th>" + std::string(kNotes) + "</th>" : "") + "</tr>\n";
  for (const Document::Row& row : section.rows) {
    out += "<tr>";
    for (const Document::Cell& cell : row.cells) out += html_cell(cell);
    if (notes) out += "<td>";
    for (size_t i = 0; i < row.notes.size(); ++i) out += (i == 0 ? "" : "<br>") + html_text(row.notes[i]);
    out += notes ? "</td></tr>\n" : "</tr>\n";
  }
  return out + "</table>\n";
}

bool has_pages(const Document& document) { return std::ranges::any_of(document.sections, &Document::Section::page); }

// What belongs to a page has its heading one level below it.
size_t heading_level(const Document::Section& section, bool pages) { return pages && !section.page ? 3 : 2; }

// Printed, a page begins on a new sheet.
std::string html_heading(const Document::Section& section, bool pages) {
  const std::string tag = "h" + std::to_string(heading_level(section, pages));
  return "<" + tag + (section.page ? " style=\"break-before: page\">" : ">") + html_text(section.heading) + "</" + tag +
         ">\n";
}

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em; color: #1d1d1f; }
table { border-collapse: collapse; margin-bottom: 1.5em; }
th, td { border: 1px solid #c8c8cc; padding: 4px 9px; text-align: left; vertical-align: top; }
th { background: #f2f2f4; }
.good { background: #d9f2d9; }
.fair { background: #fff3c4; }
.poor { background: #dbe9ff; }
.bad { background: #ffdada; }
</style>
)";

}  // namespace

std::string markdown(const Document& document) {
  const bool pages = has_pages(document);
  std::string out = "# " + escaped(document.title) + "\n\n";
  for (const Document::Section& section : document.sections) {
    out += std::string(heading_level(section, pages), '#') + " " + escaped(section.heading) + "\n\n";
    for (const std::string& paragraph : section.paragraphs) out += escaped(paragraph) + "\n\n";
    if (!section.rows.empty()) out += markdown_table(section);
  }
  return out;
}

std::string html(const Document& document) {
  const bool pages = has_pages(document);
  std::string out = std::string(kHead) + "<title>" + html_text(document.title) + "</title>\n</head>\n<body>\n<h1>" +
                    html_text(document.title) + "</h1>\n";
  for (const Document::Section& section : document.sections) {
    out += html_heading(section, pages);
    for (const std::string& paragraph : section.paragraphs) out += "<p>" + html_text(paragraph) + "</p>\n";
    if (!section.rows.empty()) out += html_table(section);
  }
  return out + "</body>\n</html>\n";
}

}  // namespace glacis::control
