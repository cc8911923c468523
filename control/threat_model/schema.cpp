#include "control/threat_model/schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/threat_model/grammar.h"
#include "control/threat_model/value_check.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

// YAML makes numbers and flags of some plain words; the parser reads them as they are written.
Json plain() { return {{"type", {"string", "number", "boolean"}}}; }
Json like(const char* pattern) { return {{"type", "string"}, {"pattern", pattern}}; }
Json number_or(Json text) { return {{"anyOf", {{{"type", "integer"}, {"minimum", 0}}, std::move(text)}}}; }
std::string reference(std::string_view element) { return "#/definitions/" + std::string(element); }

Json words(Vocabulary vocabulary) {
  Json out = {{"enum", Json::array()}};
  for (const VocabularyWord& word : words_of(vocabulary)) out["enum"].push_back(word.text);
  return out;
}

Json one_or_list(Json one) {
  Json list = {{"type", "array"}, {"items", one}};
  return {{"anyOf", {std::move(one), std::move(list), {{"type", "null"}}}}};
}

Json named(Json value, uint32_t kinds) {
  const char* const name =
      kinds == kSourceName ? "^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$" : "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
  Json out = {{"type", {"object", "null"}}};
  if (kinds != kNoName) out["propertyNames"] = {{"pattern", name}, {"not", {{"enum", {"any", "all", "unknown"}}}}};
  out["additionalProperties"] = std::move(value);
  return out;
}

Json number(const Key& key) {
  return {{"anyOf", {{{"type", "integer"}, {"minimum", key.least}, {"maximum", key.most}}, like("^[0-9]{1,9}$")}}};
}

Json compared(const Key& key) {
  return {{"anyOf",
           {{{"type", "integer"}, {"minimum", key.least}, {"maximum", key.most}}, like("^(<=|>=|<|>)?[0-9]{1,9}$")}}};
}

Json words_or_none(Vocabulary vocabulary) {
  Json out = words(vocabulary);
  out["enum"].push_back(kNone);
  return out;
}

// A number, a range, or the name of a group.
Json port() { return {{"anyOf", {{{"type", "integer"}, {"minimum", 0}, {"maximum", 65535}}, like("^[A-Za-z0-9]")}}}; }

// Of one value.
Json value_of(const Key& key) {
  switch (key.shape) {
    case Shape::kVersion:
      return {{"enum", {1, "1"}}};
    case Shape::kFlag:
      return {{"enum", {true, false, "true", "false"}}};
    case Shape::kNumber:
      return number(key);
    case Shape::kComparison:
      return compared(key);
    case Shape::kDuration:
      return like("^[0-9]+[smhd]$");
    case Shape::kDate:
      return like("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
    case Shape::kHours:
      return like("^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$");
    case Shape::kDays:
      return like("^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$");
    case Shape::kTimeZone:
    case Shape::kAddress:
    case Shape::kAnyAddress:
      return {{"type", "string"}, {"minLength", 1}};
    case Shape::kPort:
      return port();
    case Shape::kAmount:
      return number_or(like("^[0-9]+([kMGT]B|[KMGT]iB|B)?$"));
    case Shape::kRate:
      return like("^[0-9]+([kMGT]B|[KMGT]iB|B)?/[smhd]$");
    case Shape::kTechnique:
      return like("^T[0-9]{4}(\\.[0-9]{3})?$");
    case Shape::kWord:
      return words(key.vocabulary);
    case Shape::kWordOrNone:
      return words_or_none(key.vocabulary);
    case Shape::kElement:
      return {{"$ref", reference(key.element)}};
    case Shape::kSection:
      return named({{"$ref", reference(key.element)}}, key.declares);
    case Shape::kElements:
      return {{"type", {"array", "null"}}, {"items", {{"$ref", reference(key.element)}}}};
    case Shape::kSteps:
      return {{"type", "array"}, {"minItems", 1}, {"items", {{"$ref", reference("node")}}}};
    case Shape::kTexts:
      return {{"type", "object"}, {"additionalProperties", plain()}};
    case Shape::kPortGroups:
      return named(one_or_list(port()), key.declares);
    case Shape::kPairs:
      return {{"type", "array"}, {"items", {{"type", "array"}, {"items", plain()}, {"minItems", 2}, {"maxItems", 2}}}};
    case Shape::kText:
    case Shape::kName:
    case Shape::kEnd:
    case Shape::kVariable:
      break;
  }
  return plain();
}

Json property(const Key& key) {
  Json out = key.many == Many::kList ? one_or_list(value_of(key)) : value_of(key);
  // Beside $ref nothing is read in draft-07.
  if (out.contains("$ref")) out = {{"allOf", {std::move(out)}}};
  out["description"] = key.says;
  return out;
}

Json one_of_keys(const std::vector<std::string_view>& names) {
  Json out = Json::array();
  for (const std::string_view name : names) out.push_back({{"required", Json::array({name})}});
  return out;
}

Json element(const ElementGrammar& grammar) {
  Json out = {{"type", "object"}, {"description", grammar.says}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const Key& key : grammar.keys) {
    out["properties"][std::string(key.name)] = property(key);
    if (key.required) required.push_back(key.name);
  }
  out["additionalProperties"] = false;
  if (!required.empty()) out["required"] = std::move(required);
  if (grammar.element == "group") out["oneOf"] = one_of_keys({"then", "all", "any"});
  if (grammar.element == "deny") out["oneOf"] = one_of_keys({"crossing", "asset", "identity", "case"});
  if (grammar.element != "step" && grammar.element != "inner step") return out;
  std::vector<std::string_view> verbs;
  for (const VocabularyWord& verb : words_of(Vocabulary::kVerb)) {
    if (key_of(grammar.keys, verb.text) != nullptr) verbs.push_back(verb.text);
  }
  out["oneOf"] = one_of_keys(verbs);
  return out;
}

// A step, or a group that is known by one of its own keys.
Json node() {
  return {{"if", {{"type", "object"}, {"anyOf", one_of_keys({"then", "all", "any"})}}},
          {"then", {{"$ref", reference("group")}}},
          {"else", {{"$ref", reference("step")}}}};
}

// YAML merge keys bring what the parser then sees as the element's own.
void allow_merge(Json& out) {
  if (out.contains("properties")) out["properties"]["<<"] = Json::object();
}

// The first element is the file; `more`: definitions that are no element.
std::string schema(std::string_view title, std::span<const ElementGrammar> elements, Json more) {
  Json definitions = Json::object();
  for (const ElementGrammar& grammar : elements.subspan(1)) {
    Json one = element(grammar);
    allow_merge(one);
    definitions[std::string(grammar.element)] = std::move(one);
  }
  definitions.update(more);
  Json out = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}};
  out.update(element(elements[0]));
  out["definitions"] = std::move(definitions);
  return out.dump(2) + "\n";
}

}  // namespace

std::string model_schema() { return schema("Glacis threat model", grammar(), {{"node", node()}}); }

std::string invariant_schema() { return schema("Glacis invariants", invariant_grammar(), Json::object()); }

}  // namespace glacis::control
