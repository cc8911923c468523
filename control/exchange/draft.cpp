#include "control/exchange/draft.h"

#include <algorithm>
#include <set>

#include "control/exchange/mapping.h"
#include "control/exchange/yaml_text.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr size_t kLongestName = 48;  // of an id, before what makes it unique
constexpr size_t kLongestTitle = 120;
constexpr size_t kLongestNote = 400;
constexpr size_t kMostCounts = 64;  // a hostile file has as many states of threats as it likes
constexpr size_t kMostNotes = 50'000;

bool is_reserved(const std::string& id) { return id == "any" || id == "all" || id == "unknown" || id == "tap"; }

}  // namespace

bool DraftElement::has(std::string_view key) const {
  return std::ranges::any_of(keys, [&](const auto& each) { return each.first == key; });
}

DraftElement& DraftElement::set_yaml(std::string_view key, std::string yaml) {
  if (!has(key)) keys.emplace_back(key, std::move(yaml));
  return *this;
}

DraftElement& DraftElement::set(std::string_view key, std::string_view text) {
  const std::string line = draft_line(text, kMostDraftText);
  return line.empty() ? *this : set_yaml(key, yaml_scalar(line));
}

DraftElement& DraftElement::set(std::string_view key, uint32_t number) { return set_yaml(key, std::to_string(number)); }

DraftElement& DraftElement::set(std::string_view key, const std::vector<std::string>& texts) {
  return texts.empty() ? *this : set_yaml(key, yaml_list(texts));
}

void Draft::title(std::string_view text) {
  if (title_.empty()) title_ = draft_line(text, kLongestTitle);
}
void Draft::scope(std::string_view text) {
  if (scope_.empty()) scope_ = draft_line(text, kLongestNote);
}
void Draft::owner(std::string_view name) {
  if (owner_.empty()) owner_ = draft_line(name, kLongestTitle);
}
void Draft::reviewed(std::string_view date) {
  if (reviewed_.empty() && end_of_date_s(date)) reviewed_ = date;
}

std::string Draft::id_of(std::string_view name, std::string_view prefix, Section section) {
  std::string base = slug(name).substr(0, kLongestName);
  if (base.ends_with('-')) base.pop_back();
  if (base.empty()) base = name_of(section).substr(0, name_of(section).size() - 1);
  base = std::string(prefix) + base;
  size_t& made = ids_[base];
  if (made == 0 && !is_reserved(base)) {
    made = 1;
    return base;
  }
  made = std::max<size_t>(made, 1);
  for (;;) {
    const std::string next = base + "-" + std::to_string(++made);
    if (ids_.emplace(next, 1).second) return next;
  }
}

DraftElement& Draft::add(Section section, std::string_view name, std::string_view prefix) {
  if (full_ || ++elements_ > kMostDraftElements) {
    full_ = true;
    spill_ = {};
    return spill_;
  }
  DraftElement& out = sections_[static_cast<size_t>(section)].emplace_back();
  out.section = section;
  out.id = id_of(name, prefix, section);
  return out;
}

DraftElement& Draft::zone(std::string_view name, std::optional<uint32_t> trust, std::string_view id) {
  DraftElement& out = add(Section::kZones, id.empty() ? name : id);
  const uint32_t guess = trust_guess(name);
  out.set("trust", std::min<uint32_t>(trust.value_or(guess), 100));
  if (!trust) assumed(out.place(), "trust " + std::to_string(guess) + ", guessed from its name");
  if (slug(name) == "internet" && !internet_) {
    internet_ = true;
    out.set("addr", "any");
    assumed(out.place(), "addr any: every global address of no other zone");
  }
  say(out, name);
  return out;
}

const std::string& Draft::unplaced() {
  if (!unplaced_.empty()) return unplaced_;
  DraftElement& out = add(Section::kZones, "unplaced");
  out.set("trust", 0U).set("says", "what the imported file puts in no zone");
  assumed(out.place(), "a zone of trust 0 for what is in none; move each asset to where it stands");
  return unplaced_ = out.id;
}

DraftElement& Draft::asset(std::string_view name, const std::string& zone, const std::string& kind) {
  const std::string in = zone.empty() ? unplaced() : zone;
  DraftElement& out = add(Section::kAssets, name);
  out.set("kind", kind).set("zone", in);
  if (zone.empty()) lost(out.place(), "it is in no zone");
  return out;
}

DraftElement& Draft::flow(std::string_view name, const std::string& from, const std::string& to,
                          std::string_view protocol) {
  DraftElement& out = add(Section::kFlows, name, "f-");
  const std::string app = app_of(protocol);
  out.set("from", from).set("to", to).set("app", app);
  if (!app.empty() && app != slug(protocol))
    assumed(out.place(), "app " + app + ", for '" + draft_line(protocol, kLongestName) + "'");
  if (app.empty() && !draft_line(protocol, kLongestName).empty())
    lost(out.place(), "protocol '" + draft_line(protocol, kLongestName) + "' is no application that is told on a wire");
  return out;
}

DraftElement& Draft::threat(std::string_view title, std::string_view description, std::string_view severity) {
  DraftElement& out = add(Section::kAbuse, title, "ac-");
  say(out, title, description);
  if (!out.has("says")) out.set("says", out.id);
  out.set("severity", severity_of(severity));
  return out;
}

DraftElement& Draft::control(std::string_view title, std::string_view description, Status status,
                             const std::vector<std::string>& covers) {
  DraftElement& out = add(Section::kControls, title, "c-");
  out.set("status", status == Status::kActive ? "active" : "planned").set("covers", covers);
  say(out, title, description);
  return out;
}

// One line, and told if it had to be cut.
std::string Draft::sentence(const std::string& where, std::string_view text) {
  std::string out = draft_line(text, kMostDraftText);
  if (out.size() + 3 >= kMostDraftText && out.ends_with("..."))
    lost(where, "its text is longer than 600 bytes, and was cut");
  return out;
}

void Draft::say(DraftElement& element, std::string_view name, std::string_view description) {
  const std::string plain = draft_line(name, kLongestTitle), more = draft_line(description, kMostDraftText);
  if (more.empty() && plain == element.id) return;
  const bool repeats = more.starts_with(plain);
  const std::string all = more.empty()               ? std::string(name)
                          : repeats || plain.empty() ? std::string(description)
                                                     : std::string(name) + ": " + std::string(description);
  element.set("says", sentence(element.place(), all));
}

void Draft::stride(DraftElement& element, const std::vector<std::string>& categories) {
  std::vector<std::string> out;
  for (const std::string& category : categories) {
    const std::string word = stride_of(category);
    if (word.empty()) {
      lost(element.place(), "category '" + draft_line(category, kLongestName) + "' is none of STRIDE");
    } else if (std::ranges::find(out, word) == out.end()) {
      out.push_back(word);
    }
  }
  element.set("stride", out);
}

void Draft::found(std::string_view said, size_t count) {
  const std::string what = draft_line(said, kLongestName);
  for (auto& [name, sum] : counts_) {
    if (name != what) continue;
    sum += count;
    return;
  }
  if (counts_.size() < kMostCounts) counts_.emplace_back(what, count);
}

void Draft::note(ImportNote::Kind kind, std::string_view where, std::string_view what) {
  if (full_ || notes_.size() >= kMostNotes) {
    ++untold_;
    return;
  }
  notes_.push_back({kind, draft_line(where, kLongestTitle), draft_line(what, kLongestNote)});
}
void Draft::lost(std::string_view where, std::string_view what) { note(ImportNote::Kind::kLost, where, what); }
void Draft::assumed(std::string_view where, std::string_view what) { note(ImportNote::Kind::kAssumed, where, what); }

void Draft::passed_over(std::string_view where, std::string_view key) {
  // A hostile file has as many names as it likes.
  constexpr size_t kMostNames = 1000;
  const std::pair name(draft_line(where, kLongestName), draft_line(key, kLongestName));
  if (passed_over_.size() < kMostNames || passed_over_.contains(name)) ++passed_over_[name];
}

// A line for what is passed over at one place, or a few.
void Draft::note_passed_over() {
  std::string where, names;
  const auto tell = [&] {
    if (!names.empty()) lost(where, "no place in the language for " + names);
    names.clear();
  };
  for (const auto& [name, count] : passed_over_) {
    const std::string next = name.second + " (" + std::to_string(count) + ")";
    if (name.first != where || names.size() + next.size() > kLongestNote - 40) tell();
    where = name.first;
    names += (names.empty() ? "" : ", ") + next;
  }
  tell();
}

void Draft::bind_notes() {
  const auto each = [&](Section section, const char* what, auto&& bound) {
    for (const DraftElement& element : of(section)) {
      if (!bound(element)) note(ImportNote::Kind::kBind, element.place(), what);
    }
  };
  const auto has = [](const char* key) { return [key](const DraftElement& element) { return element.has(key); }; };
  each(Section::kZones, "addr", has("addr"));
  each(Section::kZones, "taps", has("taps"));
  each(Section::kAssets, "addr or name", [](const DraftElement& e) { return e.has("addr") || e.has("name"); });
  each(Section::kFlows, "port", has("port"));
  each(Section::kData, "seen_as", has("seen_as"));
}

// A file's arrows are data; the language's are connections, and answers belong to them.
void Draft::both_ways() {
  const auto value = [](const DraftElement& flow, std::string_view key) {
    const auto found = std::ranges::find(flow.keys, key, [](const auto& each) { return std::string_view(each.first); });
    return found == flow.keys.end() ? std::string() : found->second;
  };
  std::map<std::pair<std::string, std::string>, std::string> first;
  for (const DraftElement& flow : of(Section::kFlows))
    first.emplace(std::pair(value(flow, "from"), value(flow, "to")), flow.id);
  for (const auto& [ends, id] : first) {
    const auto back = first.find({ends.second, ends.first});
    if (back == first.end() || !(ends.first < ends.second)) continue;
    assumed("flows/" + id,
            "it goes one way and '" + back->second + "' the other: if one is only the answer, take it out");
  }
  if (!of(Section::kFlows).empty()) assumed("flows", "where an arrow begins, the connection is begun");
}

void Draft::finish(const std::string& fallback_title) {
  if (title_.empty()) title_ = draft_line(fallback_title, kLongestTitle);
  std::string id = slug(title_).substr(0, kLongestName);
  header_.set("id", id.empty() ? "imported" : id).set("title", title_).set("scope", scope_).set("stage", "design");
  header_.set("owner", owner_.empty() ? "unassigned" : owner_).set("reviewed", reviewed_);
  if (owner_.empty()) assumed("model", "owner unassigned: the file names nobody");
  both_ways();
  note_passed_over();
  bind_notes();
  if (untold_ != 0 && !full_)
    notes_.push_back({ImportNote::Kind::kLost, "import", std::to_string(untold_) + " more notes"});
}

}  // namespace glacis::control
