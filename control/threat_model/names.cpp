#include "control/threat_model/names.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

namespace glacis::control {
namespace {

constexpr size_t kLongestId = 64;
constexpr std::pair<NameKind, std::string_view> kKinds[] = {{kZoneName, "zone"},
                                                            {kAssetName, "asset"},
                                                            {kFlowName, "flow"},
                                                            {kNeverName, "never line"},
                                                            {kDataName, "data class"},
                                                            {kIdentityName, "identity"},
                                                            {kBoundaryName, "boundary"},
                                                            {kCaseName, "abuse case"},
                                                            {kTapName, "tap"},
                                                            {kSourceName, "source"},
                                                            {kPortGroupName, "port group"},
                                                            {kControlName, "control"},
                                                            {kRequirementName, "requirement"},
                                                            {kAssumptionName, "assumption"},
                                                            {kFindingName, "finding"},
                                                            {kHuntName, "hunt"},
                                                            {kInvariantName, "invariant"}};

}  // namespace

std::string kinds_text(uint32_t kinds) {
  std::vector<std::string_view> words;
  for (const auto& [kind, word] : kKinds) {
    if ((kinds & kind) != 0) words.push_back(word);
  }
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + std::string(words[i]);
  }
  return (!out.empty() && std::string_view("aeiou").find(out[0]) != std::string_view::npos ? "an " : "a ") + out;
}

bool is_id(std::string_view text, NameKind kind) {
  const auto plain = [](unsigned char c) { return c < 0x80 && std::isalnum(c) != 0; };
  return !text.empty() && text.size() <= kLongestId && plain(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return plain(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' ||
                  (c == '/' && kind == kSourceName);
         });
}

void NameTable::declare(const std::string& id, NameKind kind, const Position& at) {
  if (id == "any" || id == "all" || id == "unknown") {
    diagnostics_.push_back({"reserved-id", "'" + id + "' is a reserved word", "choose another name", at});
  } else if (!is_id(id, kind)) {
    diagnostics_.push_back({"bad-id", "'" + id.substr(0, kLongestId) + "' cannot be a name",
                            "letters, digits, - _ and ., at most 64", at});
  }
  const auto [old, fresh] = declared_.emplace(id, Declared{kind, at});
  if (fresh) return;
  const std::string place =
      (old->second.at.file == at.file ? "line " : old->second.at.file + ":") + std::to_string(old->second.at.line);
  diagnostics_.push_back(
      {"duplicate-id", "'" + id + "' is declared twice", "it is " + kinds_text(old->second.kind) + " at " + place, at});
}

void NameTable::refer(const Word& word, uint32_t wanted) { references_.push_back({word, wanted}); }

bool NameTable::is(const std::string& id, uint32_t kinds) const {
  const auto found = declared_.find(id);
  return found != declared_.end() && (found->second.kind & kinds) != 0;
}

std::string NameTable::suggestion(const Reference& reference) {
  if ((reference.wanted & ~(kAnyWord | kTapWord)) == 0) return "a variable such as $user is wanted here";
  if (suggestions_left_-- <= 0) return "";
  std::vector<std::string_view> names;
  for (const auto& [name, declared] : declared_) {
    if ((declared.kind & reference.wanted) != 0) names.push_back(name);
  }
  const std::string best = closest(reference.word.text, names);
  return best.empty() ? "declare " + kinds_text(reference.wanted) + " of that name" : "did you mean '" + best + "'?";
}

void NameTable::check() {
  for (const Reference& ref : references_) {
    if ((ref.word.text == "any" && (ref.wanted & kAnyWord) != 0) ||
        (ref.word.text == "tap" && (ref.wanted & kTapWord) != 0))
      continue;
    const auto found = declared_.find(ref.word.text);
    if (found == declared_.end()) {
      diagnostics_.push_back({"unknown-name", "'" + ref.word.text + "' is not declared", suggestion(ref), ref.word.at});
    } else if ((found->second.kind & ref.wanted) == 0) {
      diagnostics_.push_back({"wrong-kind", "'" + ref.word.text + "' is " + kinds_text(found->second.kind),
                              kinds_text(ref.wanted) + " is wanted here", ref.word.at});
    }
  }
}

}  // namespace glacis::control
