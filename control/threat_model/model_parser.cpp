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

void ModelParser::error(Code code, std::string message, std::string hint, const Position& at) {
  diagnostics_.push_back({code, std::move(message), std::move(hint), at});
}

void ModelParser::not_enforced(std::string element, std::string needs, const Position& at) {
  model_.not_enforced.push_back({std::move(element), std::move(needs), at});
}

ElementReader ModelParser::open(std::string_view element, const std::string& place, const YamlTree& tree,
                                const Position& at) {
  ElementReader r(tree, element, at, diagnostics_);
  const ElementGrammar& grammar = grammar_of(element);
  if (!grammar.needs.empty()) not_enforced(place, std::string(grammar.needs), at);
  for (const Key& key : grammar.keys) {
    if (!r.has(key.name)) continue;
    if (!key.needs.empty()) not_enforced(place + "." + std::string(key.name), std::string(key.needs), r.at(key.name));
    if (key.shape != Shape::kName) continue;
    for (const Word& word : r.words(key.name)) names_.refer(word, key.refers);
  }
  return r;
}

std::optional<ElementReader> ModelParser::open_inner(ElementReader& r, std::string_view key, const std::string& place) {
  const YamlTree* tree = r.find(key);
  const Key* known = key_of(r.keys(), key);
  if (tree == nullptr || known == nullptr) return std::nullopt;
  return open(known->element, place + "." + std::string(key), *tree, tree->at);
}

template <class E>
void ModelParser::section(const YamlTree& top, std::string_view section, std::vector<E>& list,
                          void (ModelParser::*read)(ElementReader&, E&)) {
  const YamlTree* tree = top.find(section);
  const Key* known = key_of(grammar_of("top").keys, section);
  if (tree == nullptr || known == nullptr || tree->kind == YamlTree::Kind::kNull) return;
  if (tree->kind != YamlTree::Kind::kMap)
    error("bad-element", "'" + std::string(section) + "' must be names and their keys", "", tree->at);
  for (const auto& [key, value] : tree->entries) {
    if (known->declares != kNoName) names_.declare(key.text, known->declares, key.at);
    ElementReader r = open(section, std::string(section) + "/" + key.text, value, key.at);
    E element;
    element.id = key.text;
    element.at = r.at();
    (this->*read)(r, element);
    list.push_back(std::move(element));
  }
}

void ModelParser::parse_landscape(const YamlTree& top) {
  ElementReader r(top, "top", top.at, diagnostics_);
  ports(top);
  hours(top);
}

void ModelParser::parse_elements(const YamlTree& top) {
  section(top, "taps", model_.taps, &ModelParser::tap);
  section(top, "zones", model_.zones, &ModelParser::zone);
  section(top, "boundaries", model_.boundaries, &ModelParser::boundary);
  section(top, "data", model_.data, &ModelParser::data);
  section(top, "assets", model_.assets, &ModelParser::asset);
  section(top, "identities", model_.identities, &ModelParser::identity);
  section(top, "flows", model_.flows, &ModelParser::flow);
  section(top, "never", model_.nevers, &ModelParser::never);
  section(top, "abuse", model_.abuse, &ModelParser::abuse);
  section(top, "findings", model_.findings, &ModelParser::finding);
  section(top, "sources", model_.sources, &ModelParser::source);
  section(top, "controls", model_.controls, &ModelParser::control);
  section(top, "assumptions", model_.assumptions, &ModelParser::assumption);
  section(top, "requirements", model_.requirements, &ModelParser::requirement);
  section(top, "hunts", model_.hunts, &ModelParser::hunt);
  section(top, "answers", model_.answers, &ModelParser::answer);
  drift(top);
}

void ModelParser::parse_header(const YamlTree& top) {
  const YamlTree* tree = top.find("model");
  if (tree == nullptr) {
    error("missing-key", "'model' is missing", "model: {id: web-shop, owner: ada}", {top.at.file, 1, 1});
    return;
  }
  ElementReader r = open("model", "model", *tree, tree->at);
  model_.header_at = tree->at;
  model_.id = r.text("id");
  if (!model_.id.empty() && !is_id(model_.id, kNoName))
    error("bad-id", "'" + model_.id + "' cannot be a name", "letters, digits, - _ and ., at most 64", r.at("id"));
  model_.title = r.text("title", model_.id);
  model_.scope = r.text("scope");
  model_.owner = r.text("owner");
  model_.stage = r.choice("stage") == 0 ? "design" : r.text("stage");
  model_.reviewed_s = r.date("reviewed");
  model_.review_every_ns = r.duration("review_every");
  model_.review_on = r.choices("review_on");
  if (const YamlTree* teams = r.find("teams")) {
    for (const auto& [team, person] : teams->entries) model_.teams.emplace_back(team.text, person.text);
  }
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
