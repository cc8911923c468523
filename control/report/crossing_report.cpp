#include "control/report/crossing_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "control/report/markup.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUsualClass = "product";

std::string class_of(const FlowElement& line) { return line.class_.empty() ? std::string(kUsualClass) : line.class_; }

std::string joined(const std::vector<std::string>& words, std::string_view none) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? std::string(none) : out;
}

// One row of the table: a crossing, an identity, and the lines of one class by which it comes.
struct Row {
  const Crossing* crossing;
  std::string line_class, identity;
  std::vector<std::string> lines;
};

// By class in the order of the vocabulary, then by crossing.
std::vector<Row> rows_of(const std::vector<Crossing>& all, const Model& model) {
  std::vector<Row> out;
  for (const VocabularyWord& word : words_of(Vocabulary::kFlowClass)) {
    for (const Crossing& crossing : all) {
      for (const IdentityUse& use : identities_on(crossing, model)) {
        Row row{&crossing, std::string(word.text), use.identity, {}};
        for (const FlowElement* line : use.lines) {
          if (class_of(*line) == word.text) row.lines.push_back(line->id);
        }
        if (!row.lines.empty()) out.push_back(std::move(row));
      }
    }
  }
  return out;
}

std::string controls_of(const Crossing& crossing) {
  if (crossing.boundary == nullptr) return "no boundary";
  return crossing.boundary->id + ": " + joined(crossing.boundary->needs, "no control");
}

std::vector<std::string> cells_of(const Row& row) {
  const Crossing& c = *row.crossing;
  return {
      row.line_class,          c.from->id + " > " + c.to->id, row.identity.empty() ? "nobody is asked" : row.identity,
      joined(row.lines, ""),   joined(c.data, "-"),           controls_of(c),
      joined(c.taps, "no tap")};
}

const std::vector<std::string> kTitles = {"class", "crossing", "identity", "lines", "carries", "boundary", "seen by"};

}  // namespace

void print_crossings(const Places& places, std::ostream& out) {
  const std::vector<Crossing> all = crossings(places);
  std::vector<std::vector<std::string>> table = {kTitles};
  for (const Row& row : rows_of(all, places.model())) table.push_back(cells_of(row));
  std::vector<size_t> widths(kTitles.size(), 0);
  for (const auto& row : table) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : table) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out << printable(line) << "\n";
  }
  out << counted(all.size(), "crossing") << "\n";
}

void print_crossings_markdown(const Places& places, std::ostream& out) {
  const std::vector<Crossing> all = crossings(places);
  out << "|";
  for (const std::string& title : kTitles) out << " " << title << " |";
  out << "\n|---|---|---|---|---|---|---|\n";
  for (const Row& row : rows_of(all, places.model())) {
    out << "|";
    for (const std::string& cell : cells_of(row)) out << " " << markdown_text(cell) << " |";
    out << "\n";
  }
}

void print_crossings_json(const Places& places, std::ostream& out) {
  Json list = Json::array();
  const std::vector<Crossing> all = crossings(places);
  for (const Crossing& crossing : all) {
    Json uses = Json::array();
    for (const IdentityUse& use : identities_on(crossing, places.model())) {
      Json lines = Json::array();
      for (const FlowElement* line : use.lines)
        lines.push_back(
            {{"flow", line->id}, {"class", class_of(*line)}, {"file", line->at.file}, {"line", line->at.line}});
      uses.push_back(
          {{"identity", use.identity.empty() ? Json(nullptr) : Json(use.identity)}, {"lines", std::move(lines)}});
    }
    list.push_back({{"from", crossing.from->id},
                    {"to", crossing.to->id},
                    {"boundary", crossing.boundary == nullptr ? Json(nullptr) : Json(crossing.boundary->id)},
                    {"controls", crossing.boundary == nullptr ? Json::array() : Json(crossing.boundary->needs)},
                    {"taps", crossing.taps},
                    {"carries", crossing.data},
                    {"identities", std::move(uses)}});
  }
  out << list.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace glacis::control
