#include <algorithm>
#include <optional>
#include <utility>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/value.h"

namespace glacis::control {

void ModelParser::data(ElementReader& r, DataElement& out) {
  out.class_ = r.text("class");
  out.says = r.sentence("says");
  out.sensitivity = r.number("sensitivity", 0, 5, 0);
  out.evidence = r.choice("evidence", Vocabulary::kEvidence);
  auto seen = open_inner(r, "seen_as", "data.seen_as", "data/" + out.id);
  if (!seen) return;
  out.pattern = seen->required("pattern", "seen_as: {pattern: 'INV-\\d{6}'}");
  out.pattern_at = seen->at("pattern");
  if (seen->choice("check", Vocabulary::kCheck) != 0) out.check = seen->text("check");
}

void ModelParser::identity(ElementReader& r, IdentityElement& out) {
  out.kind = r.text("kind");
  auto seen = open_inner(r, "seen_as", "identities.seen_as", "identities/" + out.id);
  if (!seen) return;
  for (const auto& [protocol, globs] : seen->tree().entries) {
    for (const std::string& glob : seen->list(protocol.text)) out.seen_as.push_back(protocol.text + ": " + glob);
  }
}

void ModelParser::traffic(ElementReader& r, TrafficElement& out) {
  out.says = r.sentence("says");
  out.from = r.list("from");
  out.to = r.list("to");
  out.apps = r.list("app");
  out.as = r.list("as");
  out.carries = r.list("carries");
  out.ports = port_list(r);
}

void ModelParser::flow(ElementReader& r, FlowElement& out) {
  traffic(r, out);
  if (out.from.empty() || out.to.empty())
    error("missing-key", "a flow needs 'from' and 'to'", "the zones or assets at its ends", r.at());
  if (r.choice("class", Vocabulary::kFlowClass) != 0) out.class_ = r.text("class");
  out.until_s = r.date("until");
  (void)r.flag("clear");
  if (r.has("hours")) {
    out.hours = hours_span(r.text("hours"));
    if (out.hours) out.hours->tz = time_zone_;
    if (!out.hours) error("bad-hours", "'hours' must be such as \"01:00-03:00\"", "", r.at("hours"));
  }
  auto limit = open_inner(r, "limit", "limit", "flows/" + out.id);
  if (!limit) return;
  for (const auto& [key, value] : limit->tree().entries) {
    if (!is_rate(value.text))
      error("bad-rate", "'" + value.text + "' is not a rate", "such as 50MB/h or 2000/h", value.at);
    out.limit += (out.limit.empty() ? "" : ", ") + key.text + ": " + value.text;
  }
}

void ModelParser::never(ElementReader& r, NeverElement& out) {
  traffic(r, out);
  out.why = r.sentence("why");
  out.except = r.list("except");
  out.stride = r.choices("stride", Vocabulary::kStride);
  out.attack = attack_ids(r);
  if (const int severity = r.choice("severity", Vocabulary::kSeverity)) out.severity = severity;
  if (out.from.empty() && out.to.empty() && out.carries.empty() && out.ports.empty() && out.as.empty() &&
      out.apps.empty()) {
    error("matches-all", "this would forbid every flow", "say from, to, port, app, as or carries", r.at());
  }
  for (const auto& [key, needs] : {std::pair<std::string_view, const char*>{"app", "apps"}, {"as", "identities"}}) {
    if (!r.has(key)) continue;
    out.enforced = false;
    not_enforced("never/" + out.id, needs, r.at(key));
  }
}

void ModelParser::drift(const YamlTree& top) {
  const YamlTree* tree = top.find("drift");
  if (tree == nullptr) return;
  ElementReader r = open("drift", "drift", *tree, tree->at);
  model_.drift_at = tree->at;
  for (const Word& word : r.words("ignore")) {
    model_.drift_ignore.push_back(word.text);
    const auto known = words_of(Vocabulary::kIgnorable);
    if (std::find(known.begin(), known.end(), word.text) == known.end())
      not_enforced("drift.ignore " + word.text, "apps", word.at);
  }
  for (const std::string_view key : {"unseen_after", "learn"}) (void)r.duration(key);
  auto unmodelled = open_inner(r, "unmodelled", "unmodelled", "drift");
  if (!unmodelled) return;
  model_.drift_at = unmodelled->at();
  if (const int word = unmodelled->choice("crossing", Vocabulary::kUnmodelled)) model_.drift_crossing = word;
  if (const int word = unmodelled->choice("inside", Vocabulary::kUnmodelled)) model_.drift_inside = word;
}

}  // namespace glacis::control
