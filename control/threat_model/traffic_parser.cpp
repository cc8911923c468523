#include <algorithm>
#include <optional>
#include <utility>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/value.h"

namespace glacis::control {

void ModelParser::data(ElementReader& r, DataElement& out) {
  out.class_ = r.text("class");
  out.says = r.sentence("says");
  out.sensitivity = r.number("sensitivity");
  out.evidence = r.choice_as<v1::EvidencePolicy>("evidence");
  auto seen = open_inner(r, "seen_as", "data/" + out.id);
  if (!seen) return;
  out.pattern = seen->text("pattern");
  out.pattern_at = seen->at("pattern");
  if (seen->choice("check") != 0) out.check = seen->text("check");
}

void ModelParser::identity(ElementReader& r, IdentityElement& out) {
  out.kind = r.text("kind");
  out.env = r.text("env");
  out.owner = r.text("owner");
  out.says = r.sentence("says");
  out.may = r.list("may");
  out.can_become = r.list("can_become");
  out.lives_in = r.list("lives_in");
  out.scopes = r.list("scopes");
  auto seen = open_inner(r, "seen_as", "identities/" + out.id);
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
  if (r.choice("class") != 0) out.class_ = r.text("class");
  out.until_s = r.date("until");
  if (r.has("clear")) out.clear = r.flag("clear");
  out.hours = hours_span(r.text("hours"));
  if (out.hours) out.hours->tz = time_zone_;
  auto limit = open_inner(r, "limit", "flows/" + out.id);
  if (!limit) return;
  for (const auto& [key, value] : limit->tree().entries)
    out.limit += (out.limit.empty() ? "" : ", ") + key.text + ": " + value.text;
}

void ModelParser::never(ElementReader& r, NeverElement& out) {
  traffic(r, out);
  out.why = r.sentence("why");
  out.except = r.list("except");
  out.stride = r.choices("stride");
  out.attack = r.list("attack");
  if (const auto severity = r.choice_as<v1::Severity>("severity")) out.severity = severity;
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
    if (position_of(word.text, Vocabulary::kIgnorable) == 0) not_enforced("drift.ignore " + word.text, "apps", word.at);
  }
  model_.drift_unseen_after_ns = r.duration("unseen_after");
  model_.drift_learn_ns = r.duration("learn");
  model_.drift_resolvers = r.list("resolvers");
  auto unmodelled = open_inner(r, "unmodelled", "drift");
  if (!unmodelled) return;
  model_.drift_at = unmodelled->at();
  if (const auto word = unmodelled->choice_as<v1::Unmodelled>("crossing")) model_.drift_crossing = word;
  if (const auto word = unmodelled->choice_as<v1::Unmodelled>("inside")) model_.drift_inside = word;
}

}  // namespace glacis::control
