#include <string>
#include <string_view>

#include "control/threat_model/grammar.h"
#include "control/threat_model/names.h"
#include "control/threat_model/schema.h"

namespace glacis::control {
namespace {

std::string link(std::string_view element) {
  std::string anchor;
  for (const char c : element) {
    if (c == ' ') anchor += '-';
    if (c != ' ' && c != '.') anchor += c;
  }
  return "[" + std::string(element) + "](#" + anchor + ")";
}

std::string words(Vocabulary vocabulary) {
  std::string out;
  for (const VocabularyWord& word : words_of(vocabulary))
    out += (out.empty() ? "`" : ", `") + std::string(word.text) + "`";
  return out;
}

std::string shape_of(const Key& key) {
  switch (key.shape) {
    case Shape::kText:
      return "text";
    case Shape::kVersion:
      return "`1`";
    case Shape::kFlag:
      return "`true` or `false`";
    case Shape::kNumber:
      return std::to_string(key.least) + " to " + std::to_string(key.most);
    case Shape::kComparison:
      return std::to_string(key.least) + " to " + std::to_string(key.most) + ", or compared: `<30`, `>=4`";
    case Shape::kDuration:
      return "time: `30s`, `10m`, `4h`, `1d`";
    case Shape::kDate:
      return "day: `2029-03-31`";
    case Shape::kHours:
      return "hours: `\"07:00-19:00\"`";
    case Shape::kDays:
      return "days: `mon-fri`";
    case Shape::kTimeZone:
      return "time zone: `Europe/Berlin`";
    case Shape::kPort:
      return "port, range or a name under `ports`";
    case Shape::kAddress:
      return "address or prefix";
    case Shape::kAnyAddress:
      return "prefix, or `any`";
    case Shape::kAmount:
      return "amount: `5000`, `200MB`, `64MiB`";
    case Shape::kRate:
      return "rate: `50MB/h`";
    case Shape::kTechnique:
      return "technique: `T1078.002`";
    case Shape::kWord:
      return words(key.vocabulary);
    case Shape::kWordOrNone:
      return words(key.vocabulary) + ", `none`";
    case Shape::kName:
      return kinds_text(key.refers);
    case Shape::kEnd:
      return kinds_text(key.refers) + ", and `$variable`";
    case Shape::kVariable:
      return key.refers == kAnyWord ? "`$variable`" : kinds_text(key.refers) + ", or `$variable`";
    case Shape::kElement:
      return link(key.element);
    case Shape::kSection:
      return "names, each with " + link(key.element);
    case Shape::kElements:
      return "list of " + link(key.element);
    case Shape::kSteps:
      return "list of " + link("step") + " and " + link("group");
    case Shape::kTexts:
      return "names, each with a text";
    case Shape::kPortGroups:
      return "names, each with ports";
    case Shape::kPairs:
      return "list of pairs of zones";
  }
  return "";
}

void row(const Key& key, std::string& out) {
  out += "| `" + std::string(key.name) + "`" + (key.required ? " *" : "") + " | " + std::string(key.says) + " | " +
         (key.many == Many::kList ? "one or a list: " : "") + shape_of(key);
  out += key.needs.empty() ? " | |\n" : " | " + std::string(key.needs) + " |\n";
}

void element(const ElementGrammar& grammar, std::string& out) {
  out += "\n## " + std::string(grammar.element) + "\n" + std::string(grammar.says) + ".";
  if (!grammar.needs.empty()) out += " Read and reported; sensors do not act on it yet.";
  out += "\n\n| key | is | value | not enforced yet: needs |\n|---|---|---|---|\n";
  for (const Key& key : grammar.keys) row(key, out);
}

void vocabulary(std::string_view name, Vocabulary which, std::string& out) {
  out += "\n## " + std::string(name) + "\n| word | means |\n|---|---|\n";
  for (const VocabularyWord& word : words_of(which))
    out += "| `" + std::string(word.text) + "` | " + std::string(word.says) + " |\n";
}

}  // namespace

std::string model_reference() {
  std::string out =
      "# The threat-model language\n\nEvery element, key and word. A `*` marks what must be there. Printed by `glacis "
      "reference`.\n";
  for (const ElementGrammar& grammar : grammar()) element(grammar, out);
  out +=
      "\n# Invariants\n\nWhat must hold of every model, in a file of the organisation: `glacis check MODEL... "
      "--invariants FILE`. A query denies what all of its fields fit; of a list one is enough; `none` is what is not "
      "said.\n";
  for (const ElementGrammar& grammar : invariant_grammar()) element(grammar, out);
  vocabulary("Stages", Vocabulary::kStage, out);
  vocabulary("Kinds of assets", Vocabulary::kAssetKind, out);
  vocabulary("Kinds of identities", Vocabulary::kIdentityKind, out);
  vocabulary("Verbs", Vocabulary::kVerb, out);
  vocabulary("Conditions", Vocabulary::kCondition, out);
  vocabulary("Aggregates", Vocabulary::kAggregate, out);
  vocabulary("Anomalies", Vocabulary::kAnomaly, out);
  vocabulary("Decisions", Vocabulary::kDecision, out);
  vocabulary("Kinds of requirements", Vocabulary::kRequirementKind, out);
  vocabulary("Stacks", Vocabulary::kStack, out);
  vocabulary("How much is seen", Vocabulary::kSight, out);
  return out;
}

}  // namespace glacis::control
