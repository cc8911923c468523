#include <algorithm>
#include <string>
#include <utility>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// Verbs whose value is a zone or an asset.
bool names_a_place(std::string_view verb) {
  return verb == "login" || verb == "auth" || verb == "http" || verb == "sql" || verb == "file" || verb == "exec";
}

// Verbs whose value is no name of the model.
bool names_words(std::string_view verb) { return verb == "dns" || verb == "tls" || verb == "mail" || verb == "change"; }

}  // namespace

std::string ModelParser::verb_of(const YamlTree& tree, const Position& at) {
  std::string verb;
  for (const auto& [key, value] : tree.entries) {
    if (position_of(key.text, Vocabulary::kVerb) == 0) continue;
    if (!verb.empty()) error("two-verbs", "a step has one verb: '" + verb + "' or '" + key.text + "'", "", key.at);
    verb = key.text;
  }
  if (verb.empty() && tree.kind == YamlTree::Kind::kMap)
    error("no-verb", "a step needs a verb", "flow, content, count, ...", at);
  for (const auto& [key, value] : tree.entries) {
    const bool elsewhere = case_.hunt && key.text == "outside";  // whatever the verb
    if (verb.empty() || elsewhere || key_fits_verb(key.text, verb)) continue;
    error("key-without-verb", "'" + key.text + "' says nothing beside '" + verb + "'",
          is_aggregate(verb) ? "write it inside of:" : "", key.at);
  }
  return verb;
}

StepElement ModelParser::step(const YamlTree& tree) {
  const std::string id = tree.find("id") != nullptr ? tree.find("id")->text : "";
  const std::string place = case_.place + "." + (id.empty() ? std::to_string(tree.at.line) : id);
  ElementReader r = open("step", place, tree, tree.at);
  StepElement out;
  out.at = tree.at;
  out.source = tree.written();
  out.id = r.text("id");
  if (!out.id.empty()) step_id(out.id, r.at("id"));
  out.verb = verb_of(tree, tree.at);
  out.says = r.sentence("says");
  out.optional = r.flag("optional");
  out.gap_ns = r.duration("gap");
  out.attack = r.list("attack");
  what_is_seen(r, place, out);
  elsewhere(r, out);
  if (r.has("unless")) {
    lacks(out, place + ".unless", "path-unless", r.at("unless"), Tell::kEach);
    out.unless = inner_step(r.find("unless"), false);
  }
  return out;
}

void ModelParser::what_is_seen(ElementReader& r, const std::string& place, StepElement& out) {
  if (out.verb == "flow") {
    ends_of_step(r, out.verb, out, false);
    conditions(r, out);
  } else if (out.verb == "content") {
    content_step(r, out);
  } else if (out.verb == "anomaly") {
    anomaly_step(r, out);
  } else if (!out.verb.empty()) {
    lacks(out, place, "steps: " + out.verb, r.at(), Tell::kEach);
    aggregate_step(r, out);
    if (!r.has("of")) ends_of_step(r, out.verb, out, false);
    out.is = r.choices("is");
  }
}

void ModelParser::lacks(StepElement& step, const std::string& place, const std::string& needs, const Position& at,
                        Tell tell) {
  const bool first = step.enforced;
  step.enforced = false;
  step.lacks.push_back(needs);
  if (!case_.hunt && (first || tell == Tell::kEach)) not_enforced(place, needs, at);
}

// What other logs see: needed for some verbs, and without `tap` all that is looked at.
void ModelParser::elsewhere(ElementReader& r, StepElement& out) {
  const std::vector<Word> see = r.words("see");
  out.see = r.list("see");
  if (see.empty()) {
    if (out.verb == "mail" || out.verb == "change")
      error("missing-key", "'" + out.verb + "' is not seen on a wire", "see: [the source that tells of it]", r.at());
    return;
  }
  const bool tap = std::any_of(see.begin(), see.end(), [](const Word& w) { return w.text == "tap"; });
  if (tap && see.size() == 1) return;
  const std::string place = case_.place + "." + out.id + ".see";
  if (!tap) return lacks(out, place, "sources", r.at("see"), Tell::kFirst);
  if (out.enforced) not_enforced(place, "sources", r.at("see"));
}

// An end with its variable: "users $h", "$h", [users, vpn].
std::vector<Word> ModelParser::end(ElementReader& r, std::string_view key, uint32_t wanted, std::string& variable_out,
                                   bool keys) {
  std::vector<Word> out = r.words(key);
  const bool one = out.size() == 1;
  for (Word& word : out) {
    const size_t dollar = word.text.find('$');
    if (dollar != std::string::npos) {
      const std::string name = word.text.substr(dollar + 1);
      word.text.resize(dollar);
      word.text.resize(word.text.find_last_not_of(' ') + 1);  // npos + 1 = 0
      if (word.text.empty()) word.text = "any";
      if (!one)
        error("bad-variable", "a list cannot be bound to '$" + name + "'", "one zone or asset and one variable",
              word.at);
      variable(name, word.at, keys);
      variable_out = name;
    }
    names_.refer(word, wanted);
  }
  return out;
}

void ModelParser::variable(const std::string& name, const Position& at, bool keys) {
  if (!is_variable(name)) {
    error("bad-variable", "'$" + name + "' is not a variable",
          "$ and a name of letters and digits at the end: users $h", at);
    return;
  }
  Variable& known = case_.variables[name];
  if (known.uses++ == 0) known.at = at;
  known.keys |= keys;
}

// from, to, port, as and gets of a step, or of what it is `of`.
void ModelParser::ends_of_step(ElementReader& r, const std::string& verb, StepElement& out, bool keys) {
  const auto names = [&](std::string_view key, uint32_t wanted, std::string& variable_out) {
    std::vector<std::string> list;
    for (Word& word : end(r, key, wanted, variable_out, keys)) list.push_back(std::move(word.text));
    return list;
  };
  out.from = names("from", kEndName, out.from_variable);
  if (verb == "flow") {
    out.target = names("flow", kEndName | kFlowName, out.to_variable);
    if (out.target.empty())
      error("missing-key", "'flow' names nothing", "a line, a zone, an asset or any", r.at("flow"));
  } else if (names_a_place(verb)) {
    out.target = names(verb, kEndName, out.to_variable);
  } else if (names_words(verb)) {
    out.words = r.text(verb);
  }
  out.to = names("to", kEndName, out.to_variable);
  out.ports = port_list(r);
  out.interface = r.text("interface");
  out.outside = r.list("outside");
  out.as = names("as", kIdentityName | kAnyWord, out.as_variable);
  (void)names("gets", kAnyWord, out.gets_variable);
  for (const std::string_view key : {"as", "gets"}) {
    if (!r.has(key)) continue;
    lacks(out, case_.place + "." + out.id + "." + std::string(key), "identities", r.at(key), Tell::kFirst);
  }
}

void ModelParser::conditions(ElementReader& r, StepElement& out) {
  for (std::string& is : r.list("is")) {
    if (is != "unmodelled" && is != "established" && is != "denied")
      lacks(out, case_.place + "." + out.id + ".is", "signals", r.at("is"), Tell::kFirst);
    out.is.push_back(std::move(is));
  }
}

// content: '...', in: [payload], of: {flow: T, from: X $v}
void ModelParser::content_step(ElementReader& r, StepElement& out) {
  out.pattern = r.text("content");
  out.pattern_at = r.at("content");
  out.fields = r.list("in");
  if (out.pattern.empty()) error("bad-value", "'content' is empty", "", out.pattern_at);
  for (const Word& field : r.words("in")) {
    if (field.text == "payload") continue;
    lacks(out, case_.place + "." + out.id + ".in", "apps", field.at, Tell::kEach);
  }
  conditions(r, out);
  const YamlTree* of = r.find("of");
  if (of == nullptr) {
    ends_of_step(r, out.verb, out, false);
    return;
  }
  for (const std::string_view key : {"from", "to", "port", "as", "gets"}) {
    if (r.has(key))
      error("key-without-verb", "'" + std::string(key) + "' stands beside 'of'", "write it inside of:", r.at(key));
  }
  ElementReader inner = open("inner step", case_.place + "." + out.id + ".of", *of, of->at);
  const std::string verb = verb_of(*of, of->at);
  ends_of_step(inner, verb, out, false);
  conditions(inner, out);
  if (verb == "flow" || verb.empty()) return;
  lacks(out, case_.place + "." + out.id + ".of", "steps: " + verb, of->at, Tell::kEach);
}

// anomaly: [tcp-conflict, fragment-conflict], from: X $v, to: Y
void ModelParser::anomaly_step(ElementReader& r, StepElement& out) {
  out.anomalies = r.choices("anomaly");
  if (r.words("anomaly").empty())
    error("missing-key", "'anomaly' names nothing", "tcp-conflict, a list of such names, or any", r.at("anomaly"));
  ends_of_step(r, out.verb, out, false);
  conditions(r, out);
}

// count: flows, of: {flow: T}, over: 5000, within: 1h
void ModelParser::aggregate_step(ElementReader& r, StepElement& out) {
  if (!is_aggregate(out.verb)) return;
  for (const std::string_view key : {"of", "over", "within"}) {
    if (!r.has(key))
      error("missing-key", "'" + out.verb + "' needs '" + std::string(key) + "'",
            "count: flows, of: {flow: T}, over: 50, within: 1h", r.at());
  }
  out.aggregate = r.text(out.verb);
  out.over = r.text("over");
  out.within_ns = r.duration("within");
  out.of = inner_step(r.find("of"), true);
}

// What a hunt asks for: a step of a path without what only paths give.
std::vector<StepElement> ModelParser::hunted_step(const YamlTree* tree) {
  if (tree == nullptr) return {};
  ElementReader r = open("inner step", case_.place, *tree, tree->at);
  StepElement out;
  out.at = tree->at;
  out.source = tree->written();
  out.verb = verb_of(*tree, tree->at);
  what_is_seen(r, case_.place, out);
  return {std::move(out)};
}

// A step inside another element, read for what people and reports make of it.
std::vector<StepElement> ModelParser::inner_step(const YamlTree* tree, bool keys) {
  if (tree == nullptr) return {};
  ElementReader r = open("inner step", case_.place, *tree, tree->at);
  StepElement out;
  out.at = tree->at;
  out.source = tree->written();
  out.enforced = false;
  out.verb = verb_of(*tree, tree->at);
  ends_of_step(r, out.verb, out, keys);
  out.is = r.choices("is");
  out.pattern = r.text("content");
  out.fields = r.list("in");
  out.anomalies = r.choices("anomaly");
  return {std::move(out)};
}

}  // namespace glacis::control
