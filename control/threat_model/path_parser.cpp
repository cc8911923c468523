#include <algorithm>

#include "control/threat_model/grammar.h"
#include "control/threat_model/model_parser.h"

namespace glacis::control {
namespace {

constexpr int kMaxDepth = 4;

// "users $h" -> the end and the variable.
std::string split_variable(const std::string& text, std::string& variable) {
  const size_t dollar = text.find('$');
  if (dollar == std::string::npos) return text;
  variable = text.substr(dollar + 1);
  const size_t end = text.find_last_not_of(' ', dollar == 0 ? 0 : dollar - 1);
  return dollar == 0 ? "any" : text.substr(0, end + 1);
}

std::string written(const YamlTree& tree) {
  if (tree.kind == YamlTree::Kind::kScalar) return tree.text;
  std::string out;
  for (const YamlTree& item : tree.items) out += (out.empty() ? "" : ", ") + written(item);
  for (const auto& [key, value] : tree.entries) out += (out.empty() ? "" : ", ") + key.text + ": " + written(value);
  return tree.kind == YamlTree::Kind::kList ? "[" + out + "]" : "{" + out + "}";
}

bool condition_known(const std::string& is) { return is == "unmodelled" || is == "established" || is == "denied"; }

}  // namespace

PathElement ModelParser::group(const YamlTree& tree, int depth, const std::string& element) {
  ElementReader r(tree, "group", diagnostics_);
  PathElement out;
  out.id = r.text("id");
  out.within_ns = r.duration("within");
  out.gap_ns = r.duration("gap");
  out.optional = r.flag("optional");
  out.attack = r.list("attack");
  if (depth > kMaxDepth) error("too-deep", "groups are nested deeper than 4", "", tree.at);
  const std::pair<std::string_view, PathElement::Kind> kinds[] = {
      {"then", PathElement::Kind::kThen}, {"all", PathElement::Kind::kAll}, {"any", PathElement::Kind::kAny}};
  int found = 0;
  for (const auto& [key, kind] : kinds) {
    const YamlTree* list = r.find(key);
    if (list == nullptr) continue;
    ++found;
    out.kind = kind;
    if (list->items.empty()) error("empty-group", "'" + std::string(key) + "' needs a list of steps", "", list->at);
    for (const YamlTree& item : list->items) {
      if (depth <= kMaxDepth) out.nodes.push_back(node(item, depth, element));
    }
  }
  if (found != 1) error("bad-group", "a group has exactly one of then, all and any", "", tree.at);
  if (r.find("unless") != nullptr) not_enforced(element + ".unless", "path-unless", r.at("unless"));
  return out;
}

PathElement ModelParser::node(const YamlTree& tree, int depth, const std::string& element) {
  const bool is_group = tree.find("then") != nullptr || tree.find("all") != nullptr || tree.find("any") != nullptr;
  if (is_group) return group(tree, depth + 1, element);
  PathElement out;
  out.kind = PathElement::Kind::kStep;
  out.step = step(tree, element);
  out.optional = out.step.optional;
  return out;
}

StepElement ModelParser::step(const YamlTree& tree, const std::string& element) {
  ElementReader r(tree, "step", diagnostics_);
  StepElement out;
  out.at = tree.at;
  out.source = written(tree);
  out.id = r.required("id");
  const auto verbs = step_verbs();
  for (const auto& [key, value] : tree.entries) {
    if (std::find(verbs.begin(), verbs.end(), key.text) == verbs.end()) continue;
    if (!out.verb.empty()) error("two-verbs", "a step has one verb: '" + out.verb + "' or '" + key.text + "'", "", key.at);
    out.verb = key.text;
  }
  if (out.verb.empty()) error("no-verb", "a step needs a verb", "flow, content, count, ...", tree.at);
  out.optional = r.flag("optional");
  out.gap_ns = r.duration("gap");
  out.is = r.list("is");
  out.attack = r.list("attack");
  out.ports = port_list(r);
  out.from = split_variable(r.text("from", "any"), out.from_variable);
  if (out.from != "any") refer({out.from}, r.at("from"), "za");
  const std::string place = element + "." + out.id;
  if (out.verb == "flow") {
    out.target = split_variable(r.text("flow"), out.to_variable);
    if (out.target != "any") refer({out.target}, r.at("flow"), "zaf");
  } else if (out.verb == "content") {
    content_step(tree, r, out);
  } else {
    out.enforced = false;
    not_enforced(place, "steps: " + out.verb, tree.at);
  }
  if (out.enforced && !std::all_of(out.is.begin(), out.is.end(), condition_known)) {
    out.enforced = false;
    not_enforced(place + ".is", "signals", r.at("is"));
  }
  if (r.find("unless") != nullptr) {
    out.enforced = false;
    not_enforced(place + ".unless", "path-unless", r.at("unless"));
  }
  return out;
}

// content: '...', in: [payload], of: {flow: T, from: X $v}
void ModelParser::content_step(const YamlTree& tree, ElementReader& r, StepElement& out) {
  out.pattern = r.text("content");
  out.target = "any";
  if (const YamlTree* of = r.find("of")) {
    ElementReader inner(*of, "step", diagnostics_);
    if (inner.find("flow") != nullptr) out.target = split_variable(inner.text("flow"), out.to_variable);
    if (inner.find("from") != nullptr) out.from = split_variable(inner.text("from"), out.from_variable);
    if (out.target != "any") refer({out.target}, inner.at("flow"), "zaf");
    if (out.from != "any") refer({out.from}, inner.at("from"), "za");
  }
  for (const std::string& field : r.list("in")) {
    if (field == "payload") continue;
    out.enforced = false;
    not_enforced("content in " + field, "apps", tree.at);
  }
}

}  // namespace glacis::control
