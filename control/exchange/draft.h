#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glacis::control {

// Sections of a draft, in the order in which they are written.
enum class Section : uint8_t {
  kZones,
  kBoundaries,
  kData,
  kAssets,
  kFlows,
  kAssumptions,
  kAbuse,
  kControls,
  kFindings,
  kRequirements,
};
inline constexpr std::array<std::string_view, 10> kSectionNames = {
    "zones", "boundaries", "data", "assets", "flows", "assumptions", "abuse", "controls", "findings", "requirements"};
[[nodiscard]] constexpr std::string_view name_of(Section section) {
  return kSectionNames[static_cast<size_t>(section)];
}

// One element of a draft: keys in the order in which they were given, values as YAML.
struct DraftElement {
  Section section = Section::kZones;
  std::string id;
  std::vector<std::pair<std::string, std::string>> keys;

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::string place() const { return std::string(name_of(section)) + "/" + id; }
  // An empty value is not written; a key that is there already keeps its value.
  DraftElement& set(std::string_view key, std::string_view text);
  DraftElement& set(std::string_view key, uint32_t number);
  DraftElement& set(std::string_view key, const std::vector<std::string>& texts);
  DraftElement& set_yaml(std::string_view key, std::string yaml);
};

// What people must know of an import.
struct ImportNote {
  enum class Kind : uint8_t { kLost, kAssumed, kBind };  // kBind: to be filled in before a sensor can use it
  Kind kind;
  std::string where;  // "assets/db", or as the file calls it; one line
  std::string what;
};

inline constexpr size_t kMostDraftElements = 20'000;
inline constexpr size_t kMostDraftText = 600;  // bytes of one sentence; more is cut, and told

// A model in the making, as importers fill it: ids are made from names, valid and unique, in the order of the file. All
// text that is given to it may be hostile. With more than kMostDraftElements it is full: what comes then is not kept.
// Elements stay where they are. Thread: one.
class Draft {
 public:
  // Of the whole model; empty text is passed over, the first that is said stays.
  void title(std::string_view text);
  void scope(std::string_view text);
  void owner(std::string_view name);
  void reviewed(std::string_view date);

  // `prefix` stands before the id, as "f-".
  DraftElement& add(Section section, std::string_view name, std::string_view prefix = "");
  // `trust`: as the file says; else it is guessed from the name. A zone called internet is every address of no other.
  // `id`: the file's own, made of the name where there is none.
  DraftElement& zone(std::string_view name, std::optional<uint32_t> trust = std::nullopt, std::string_view id = "");
  // In a zone that is `zone`, by its id, or empty: then in a zone for what is in none.
  DraftElement& asset(std::string_view name, const std::string& zone, const std::string& kind);
  // Between ids of zones and assets. `protocol` as the file calls it, may be empty.
  DraftElement& flow(std::string_view name, const std::string& from, const std::string& to, std::string_view protocol);
  // Titles and descriptions become one sentence.
  DraftElement& threat(std::string_view title, std::string_view description, std::string_view severity);
  enum class Status : uint8_t { kPlanned, kActive };
  DraftElement& control(std::string_view title, std::string_view description, Status status,
                        const std::vector<std::string>& covers);
  // "NAME: description", where that says more than the id.
  void say(DraftElement& element, std::string_view name, std::string_view description = "");
  // "disclosure" of "Information disclosure"; what is no STRIDE is told.
  void stride(DraftElement& element, const std::vector<std::string>& categories);

  // Things of the file, in its own words.
  void found(std::string_view what, size_t count = 1);
  void lost(std::string_view where, std::string_view what);
  void assumed(std::string_view where, std::string_view what);
  // Keys of the file that have no place in the language, counted by name; once for all at the end.
  void passed_over(std::string_view where, std::string_view key);
  // After everything was added: header, notes of what is passed over and must be bound, both ways of a pair.
  void finish(const std::string& fallback_title);

  [[nodiscard]] bool full() const { return full_; }
  [[nodiscard]] const DraftElement& header() const { return header_; }
  [[nodiscard]] const std::deque<DraftElement>& of(Section section) const {
    return sections_[static_cast<size_t>(section)];
  }
  [[nodiscard]] const std::vector<std::pair<std::string, size_t>>& counts() const { return counts_; }
  [[nodiscard]] const std::vector<ImportNote>& notes() const { return notes_; }

 private:
  std::string id_of(std::string_view name, std::string_view prefix, Section section);
  const std::string& unplaced();
  std::string sentence(const std::string& where, std::string_view text);
  void note(ImportNote::Kind kind, std::string_view where, std::string_view what);
  void note_passed_over();
  void bind_notes();
  void both_ways();

  DraftElement header_;
  std::array<std::deque<DraftElement>, kSectionNames.size()> sections_;
  DraftElement spill_;
  std::map<std::string, size_t> ids_;  // taken; how many were made of it
  std::string title_, scope_, owner_, reviewed_, unplaced_;
  std::vector<std::pair<std::string, size_t>> counts_;
  std::map<std::pair<std::string, std::string>, size_t> passed_over_;
  std::vector<ImportNote> notes_;
  size_t elements_ = 0, untold_ = 0;
  bool full_ = false, internet_ = false;
};

}  // namespace glacis::control
