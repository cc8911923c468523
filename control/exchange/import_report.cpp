#include "control/exchange/import_report.h"

#include <map>
#include <nlohmann/json.hpp>

namespace glacis::control {
namespace {

std::string counts_text(const std::vector<std::pair<std::string, size_t>>& counts) {
  std::string out;
  for (const auto& [what, count] : counts) out += (out.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  return out + "\n";
}

std::vector<std::pair<std::string, size_t>> draft_counts(const Draft& draft) {
  std::vector<std::pair<std::string, size_t>> out;
  for (size_t i = 0; i < kSectionNames.size(); ++i) {
    const size_t count = draft.of(static_cast<Section>(i)).size();
    if (count != 0) out.emplace_back(kSectionNames[i], count);
  }
  return out;
}

std::string notes_text(const std::vector<ImportNote>& notes, ImportNote::Kind kind, const char* heading) {
  std::string out;
  for (const ImportNote& note : notes) {
    if (note.kind == kind) out += "  " + note.where + ": " + note.what + "\n";
  }
  return out.empty() ? out : heading + ("\n" + out);
}

// One line for each thing to fill in: a draft has many elements that need it.
std::string bind_text(const std::vector<ImportNote>& notes) {
  std::map<std::string, std::string> lines;
  for (const ImportNote& note : notes) {
    if (note.kind != ImportNote::Kind::kBind) continue;
    std::string& line = lines[note.what];
    line += (line.empty() ? "" : ", ") + note.where;
  }
  std::string out;
  for (const auto& [what, where] : lines) out += "  " + what + ": " + where + "\n";
  return out.empty() ? out : "must be bound before a sensor can use it (glacis bind fills addresses)\n" + out;
}

nlohmann::ordered_json counts_json(const std::vector<std::pair<std::string, size_t>>& counts) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [what, count] : counts) out[what] = count;
  return out;
}

nlohmann::ordered_json notes_json(const std::vector<ImportNote>& notes, ImportNote::Kind kind) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const ImportNote& note : notes) {
    if (note.kind == kind) out.push_back({{"where", note.where}, {"what", note.what}});
  }
  return out;
}

}  // namespace

std::string import_text(const ImportedModel& imported) {
  const std::vector<ImportNote>& notes = imported.draft.notes();
  return std::string(name_of(imported.format)) + ": " + counts_text(imported.draft.counts()) +
         "draft: " + counts_text(draft_counts(imported.draft)) + notes_text(notes, ImportNote::Kind::kLost, "lost") +
         notes_text(notes, ImportNote::Kind::kAssumed, "assumed") + bind_text(notes);
}

std::string import_json(const ImportedModel& imported) {
  const std::vector<ImportNote>& notes = imported.draft.notes();
  const nlohmann::ordered_json out = {{"format", name_of(imported.format)},
                                      {"found", counts_json(imported.draft.counts())},
                                      {"draft", counts_json(draft_counts(imported.draft))},
                                      {"lost", notes_json(notes, ImportNote::Kind::kLost)},
                                      {"assumed", notes_json(notes, ImportNote::Kind::kAssumed)},
                                      {"bind", notes_json(notes, ImportNote::Kind::kBind)}};
  return out.dump(2) + "\n";
}

}  // namespace glacis::control
