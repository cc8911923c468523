#include "control/threat_model/diagnostic.h"

#include <algorithm>
#include <cstdio>
#include <ostream>

#include "control/threat_model/printable_text.h"

namespace glacis::control {
namespace {

constexpr size_t kLongestLine = 500;  // a longer one is not shown

std::string line_of(const std::vector<SourceFile>& files, const Position& at) {
  for (const SourceFile& file : files) {
    if (file.name != at.file) continue;
    size_t start = 0;
    for (uint32_t line = 1; line < at.line && start != std::string::npos; ++line) {
      start = file.text.find('\n', start);
      if (start != std::string::npos) ++start;
    }
    if (start == std::string::npos) return "";
    return file.text.substr(start, file.text.find('\n', start) - start);
  }
  return "";
}

// Characters put in, left out, changed, or swapped with their neighbour (optimal string alignment).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

// Without control characters, each character one: the caret stays under its place.
std::string shown_line(std::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; }, '?');
  return out;
}

// As wide as the start of the line on a terminal: tabs stay, a character of several bytes is one blank.
std::string padding(std::string_view start) {
  std::string out;
  for (const char c : start) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) out += c == '\t' ? '\t' : ' ';
  }
  return out;
}

// The file alone when the fault has no line in it: it cannot be read, or is too large.
std::string place(const Position& at) {
  const std::string file = printable(at.file);
  return at.line == 0 ? file : file + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned char>(c));
      out += buffer;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kNote:
      return "note";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      break;
  }
  return "error";
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.level == Level::kError; });
}

void print_text(const std::vector<Diagnostic>& diagnostics, const std::vector<SourceFile>& files, Colour colour,
                std::ostream& out) {
  const char* const paint[] = {"", "\033[36m", "\033[33m", "\033[31m"};
  const bool on = colour == Colour::kOn;
  for (const Diagnostic& d : diagnostics) {
    if (!d.at.file.empty()) out << place(d.at) << ": ";
    out << (on ? paint[static_cast<int>(d.level)] : "") << level_name(d.level) << (on ? "\033[0m" : "") << ": "
        << printable(d.message) << " [" << d.code << "]\n";
    std::string line = line_of(files, d.at);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && line.size() <= kLongestLine && d.at.column > 0 && d.at.column <= line.size() + 1) {
      out << "  " << shown_line(line) << "\n  " << padding(line.substr(0, d.at.column - 1)) << "^\n";
    }
    if (!d.hint.empty()) out << "  hint: " << printable(d.hint) << '\n';
  }
}

void print_json(const std::vector<Diagnostic>& diagnostics, std::ostream& out) {
  out << '[';
  bool first = true;
  for (const Diagnostic& d : diagnostics) {
    out << (first ? "\n" : ",\n") << "  {\"level\":" << json_string(level_name(d.level))
        << ",\"code\":" << json_string(d.code) << ",\"message\":" << json_string(d.message)
        << ",\"hint\":" << json_string(d.hint) << ",\"file\":" << json_string(d.at.file) << ",\"line\":" << d.at.line
        << ",\"column\":" << d.at.column << '}';
    first = false;
  }
  out << "\n]\n";
}

std::string closest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string best;
  size_t distance = std::max<size_t>(word.size() / 3, 1) + 1;
  for (const std::string_view candidate : candidates) {
    // The distance is at least the difference in length: a word of a megabyte is compared with nothing.
    if (std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size()) >= distance) continue;
    const size_t d = edit_distance(word, candidate);
    if (d >= distance) continue;
    distance = d;
    best = candidate;
  }
  return best;
}

}  // namespace glacis::control
