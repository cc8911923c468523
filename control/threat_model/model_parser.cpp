#include "control/threat_model/model_parser.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "control/threat_model/path_check.h"
#include "control/threat_model/place_check.h"
#include "control/threat_model/resolve.h"
#include "control/threat_model/value.h"

namespace glacis::control {

void ModelParser::error(std::string code, std::string message, std::string hint, const Position& at) {
  diagnostics_.push_back({Level::kError, std::move(code), std::move(message), std::move(hint), at});
}

void ModelParser::not_enforced(std::string element, std::string needs, const Position& at) {
  model_.not_enforced.push_back({std::move(element), std::move(needs), at});
}

void ModelParser::refer(const std::vector<Word>& words, uint32_t wanted) {
  for (const Word& word : words) names_.refer(word, wanted);
}

std::vector<std::string> ModelParser::attack_ids(ElementReader& r) {
  std::vector<std::string> out;
  for (Word& word : r.words("attack")) {
    if (!is_attack_id(word.text))
      error("bad-attack", "'" + word.text + "' is not an ATT&CK technique", "such as T1078 or T1078.002", word.at);
    out.push_back(std::move(word.text));
  }
  return out;
}

ElementReader ModelParser::open(std::string_view element, const std::string& place, const YamlTree& tree,
                                const Position& at) {
  ElementReader r(tree, element, at, diagnostics_);
  const ElementGrammar& grammar = grammar_of(element);
  if (!grammar.needs.empty()) not_enforced(place, std::string(grammar.needs), at);
  for (const Key& key : grammar.keys) {
    if (!r.has(key.name)) continue;
    if (!key.needs.empty()) not_enforced(place + "." + std::string(key.name), std::string(key.needs), r.at(key.name));
    if (key.refers != kNoName) refer(r.words(key.name), key.refers);
  }
  return r;
}

std::optional<ElementReader> ModelParser::open_inner(ElementReader& r, std::string_view key, std::string_view element,
                                                     const std::string& place) {
  const YamlTree* tree = r.find(key);
  if (tree == nullptr) return std::nullopt;
  return open(element, place + "." + std::string(key), *tree, tree->at);
}

template <class Read>
void ModelParser::each(const YamlTree& top, std::string_view section, NameKind kind, Read read) {
  const YamlTree* tree = top.find(section);
  if (tree == nullptr || tree->kind == YamlTree::Kind::kNull) return;
  if (tree->kind != YamlTree::Kind::kMap)
    error("bad-element", "'" + std::string(section) + "' must be names and their keys", "", tree->at);
  for (const auto& [key, value] : tree->entries) {
    names_.declare(key.text, kind, key.at);
    const std::string place = std::string(section) + "/" + key.text;
    ElementReader r = open(section, place, value, key.at);
    read(r, key.text, place);
  }
}

template <class E>
void ModelParser::section(const YamlTree& top, std::string_view section, NameKind kind, std::vector<E>& list,
                          void (ModelParser::*read)(ElementReader&, E&)) {
  each(top, section, kind, [&](ElementReader& r, const std::string& id, const std::string&) {
    E element;
    element.id = id;
    element.at = r.at();
    (this->*read)(r, element);
    list.push_back(std::move(element));
  });
}

void ModelParser::carried(const YamlTree& top, std::string_view section, NameKind kind,
                          void (ModelParser::*read)(ElementReader&, const std::string&)) {
  each(top, section, kind,
       [&](ElementReader& r, const std::string&, const std::string& place) { (this->*read)(r, place); });
}

void ModelParser::parse_landscape(const YamlTree& top) {
  ElementReader r(top, "top", top.at, diagnostics_);
  if (r.has("glacis") && r.text("glacis") != "1") {
    error("language", "language version '" + r.text("glacis") + "' is not known", "write glacis: 1", r.at("glacis"));
  }
  ports(top);
  hours(top);
}

void ModelParser::parse_elements(const YamlTree& top) {
  section(top, "taps", kTapName, model_.taps, &ModelParser::tap);
  section(top, "zones", kZoneName, model_.zones, &ModelParser::zone);
  section(top, "boundaries", kBoundaryName, model_.boundaries, &ModelParser::boundary);
  section(top, "data", kDataName, model_.data, &ModelParser::data);
  section(top, "assets", kAssetName, model_.assets, &ModelParser::asset);
  section(top, "identities", kIdentityName, model_.identities, &ModelParser::identity);
  section(top, "flows", kFlowName, model_.flows, &ModelParser::flow);
  section(top, "never", kNeverName, model_.nevers, &ModelParser::never);
  section(top, "abuse", kCaseName, model_.abuse, &ModelParser::abuse);
  section(top, "findings", kFindingName, model_.findings, &ModelParser::finding);
  carried(top, "sources", kSourceName, &ModelParser::source);
  carried(top, "controls", kControlName, &ModelParser::control);
  carried(top, "assumptions", kAssumptionName, &ModelParser::assumption);
  carried(top, "requirements", kRequirementName, &ModelParser::requirement);
  carried(top, "hunts", kHuntName, &ModelParser::hunt);
  drift(top);
}

void ModelParser::parse_header(const YamlTree& top) {
  const YamlTree* tree = top.find("model");
  if (tree == nullptr) {
    error("missing-key", "'model' is missing", "model: {id: web-shop, owner: ada}", {top.at.file, 1, 1});
    return;
  }
  ElementReader r = open("model", "model", *tree, tree->at);
  model_.id = r.required("id");
  if (!model_.id.empty() && !is_id(model_.id, kNoName))
    error("bad-id", "'" + model_.id + "' cannot be a name", "letters, digits, - _ and ., at most 64", r.at("id"));
  model_.title = r.text("title", model_.id);
  model_.owner = r.required("owner");
  const int stage = r.choice("stage", Vocabulary::kStage);
  model_.stage = words_of(Vocabulary::kStage)[stage == 0 ? 1 : static_cast<size_t>(stage - 1)];
  if (r.has("reviewed") && r.date("reviewed") == 0) return;
  (void)r.duration("review_every");
}

void ModelParser::finish() {
  names_.check();
  check_places(model_, diagnostics_);
  resolve(model_, diagnostics_);
  check_paths(model_, diagnostics_);
  std::stable_sort(model_.not_enforced.begin(), model_.not_enforced.end(),
                   [](const NotEnforcedElement& a, const NotEnforcedElement& b) {
                     return std::tie(a.at.file, a.at.line, a.at.column) < std::tie(b.at.file, b.at.line, b.at.column);
                   });
}

}  // namespace glacis::control
