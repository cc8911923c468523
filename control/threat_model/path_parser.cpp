#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/path_check.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr std::string_view kGroupKeys[] = {"then", "all", "any"};

}  // namespace

void ModelParser::path(const YamlTree& tree, AbuseElement& out) {
  out.path = group(tree, 1);
  std::vector<Diagnostic> told;  // by group()
  ElementReader r(tree, "group", tree.at, told);
  alert_points(r, out);
}

PathElement ModelParser::group(const YamlTree& tree, int depth) {
  ElementReader r(tree, "group", tree.at, diagnostics_);
  PathElement out;
  out.at = tree.at;
  out.source = tree.written();
  out.id = r.text("id");
  if (!out.id.empty()) step_id(out.id, r.at("id"));
  out.within_ns = r.duration("within");
  out.gap_ns = r.duration("gap");
  out.optional = r.flag("optional");
  out.attack = r.list("attack");
  if (depth > kMostGroupDepth) {
    error("too-deep", "groups are nested deeper than 4", "a case of its own for a part of it", tree.at);
    return out;
  }
  if (depth > 1 && r.has("alert_at"))
    error("bad-value", "'alert_at' belongs to the whole path", "write it beside the outermost group", r.at("alert_at"));
  int found = 0;
  for (size_t i = 0; i < std::size(kGroupKeys); ++i) {
    const YamlTree* list = r.find(kGroupKeys[i]);
    if (list == nullptr) continue;
    ++found;
    out.kind = static_cast<PathElement::Kind>(i + 1);
    for (const YamlTree& item : list->items) out.nodes.push_back(node(item, depth));
  }
  if (found != 1)
    error("bad-group", "a group has exactly one of then, all and any", "path: {within: 1h, then: [...]}", tree.at);
  if (out.kind == PathElement::Kind::kAll)
    not_enforced(case_.place + (out.id.empty() ? "" : "." + out.id) + ".all", "path-all", tree.at);
  if (r.has("unless"))
    not_enforced(case_.place + (out.id.empty() ? "" : "." + out.id) + ".unless", "path-unless", r.at("unless"));
  out.unless = inner_step(r.find("unless"), false);
  out.enforced = out.kind != PathElement::Kind::kAll && !r.has("unless");
  return out;
}

PathElement ModelParser::node(const YamlTree& tree, int depth) {
  const bool is_group = std::any_of(std::begin(kGroupKeys), std::end(kGroupKeys),
                                    [&](std::string_view key) { return tree.find(key) != nullptr; });
  if (is_group) return group(tree, depth + 1);
  PathElement out;
  out.kind = PathElement::Kind::kStep;
  out.step = step(tree);
  out.id = out.step.id;
  out.at = out.step.at;
  out.optional = out.step.optional;
  out.enforced = out.step.enforced;
  return out;
}

void ModelParser::step_id(const std::string& id, const Position& at) {
  if (id == "all" || id == "any" || id == "unknown") {
    error("reserved-id", "'" + id + "' is a reserved word", "choose another name", at);
  } else if (!is_id(id, kNoName)) {
    error("bad-id", "'" + id + "' cannot be a name", "letters, digits, - _ and ., at most 64", at);
  } else if (!case_.ids.insert(id).second) {
    error("duplicate-id", "'" + id + "' stands twice in this case", "", at);
  }
}

void ModelParser::alert_points(ElementReader& r, AbuseElement& out) {
  const std::vector<PathElement>& nodes = out.path->nodes;
  for (const Word& word : r.words("alert_at")) {
    if (word.text == "all") continue;
    const auto named =
        std::find_if(nodes.begin(), nodes.end(), [&](const PathElement& n) { return n.id == word.text; });
    uint32_t position = static_cast<uint32_t>(named - nodes.begin()) + 1;
    if (named == nodes.end()) {
      const auto [last, fault] = std::from_chars(word.text.data(), word.text.data() + word.text.size(), position);
      if (fault != std::errc() || last != word.text.data() + word.text.size() || position < 1 ||
          position > nodes.size()) {
        std::vector<std::string_view> ids = {"all"};
        for (const PathElement& n : nodes) ids.push_back(n.id);
        const std::string best = closest(word.text, ids);
        error("bad-alert-point", "'" + word.text + "' is no step of this path",
              best.empty() ? "the id of a step of the outermost group, or all" : "did you mean '" + best + "'?",
              word.at);
        continue;
      }
    }
    out.alert_at.push_back({position, word.at});
  }
}

void ModelParser::check_variables(const AbuseElement& abuse, const Position& respond_at) {
  std::set<std::string> told;
  for (const std::string& line : abuse.respond) {
    for (size_t at = line.find('$'); at != std::string::npos; at = line.find('$', at + 1)) {
      size_t end = at + 1;
      while (end < line.size() && is_variable(line.substr(at + 1, end - at))) ++end;
      const std::string name = line.substr(at + 1, end - at - 1);
      told.insert(name);
      if (!case_.variables.contains(name)) error("unbound", "no step binds '$" + name + "'", "", respond_at);
    }
  }
  for (const auto& [name, use] : case_.variables) {
    if (use.uses > 1 || use.keys || told.contains(name)) continue;
    diagnostics_.push_back({"used-once", "'$" + name + "' is used once, so it compares nothing", "", use.at});
  }
}

}  // namespace glacis::control
