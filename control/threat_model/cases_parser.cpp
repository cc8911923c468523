#include <algorithm>
#include <optional>
#include <utility>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr size_t kDreadScores = 5;
constexpr uint32_t kNoScore = UINT32_MAX;

// "Exactly" 10: likelihood times impact.
v1::Severity severity_of_risk(uint32_t product) {
  if (product >= 20) return v1::SEVERITY_CRITICAL;
  if (product >= 12) return v1::SEVERITY_HIGH;
  return product >= 6 ? v1::SEVERITY_MEDIUM : v1::SEVERITY_LOW;
}

}  // namespace

void ModelParser::abuse(ElementReader& r, AbuseElement& out) {
  case_ = {};
  case_.place = "abuse/" + out.id;
  out.says = r.sentence("says");
  out.goal = r.sentence("goal");
  out.owner = r.text("owner");
  out.stride = r.choices("stride");
  out.attack = r.list("attack");
  out.respond = r.list("respond");
  risk(r, out);
  if (const auto severity = r.choice_as<v1::Severity>("severity")) out.severity = severity;
  const YamlTree* steps = r.find("path");
  if (steps == nullptr) {
    not_enforced(case_.place, "a path", r.at());
    return;
  }
  path(*steps, out);
  check_variables(out, r.at("respond"));
}

void ModelParser::risk(ElementReader& r, AbuseElement& out) {
  auto inner = open_inner(r, "risk", case_.place);
  if (!inner) return;
  Risk risk{inner->number("likelihood"), inner->number("impact"), inner->number("response"), {}};
  const std::vector<Word> dread = inner->words("dread");
  for (const Word& word : dread) risk.dread.push_back(number_in(word.text, 0, 10).value_or(kNoScore));
  if (!dread.empty() && (dread.size() != kDreadScores || std::ranges::count(risk.dread, kNoScore) != 0))
    error("bad-value", "'dread' must be five numbers from 0 to 10", "dread: [9, 6, 6, 9, 5]", inner->at("dread"));
  if (risk.likelihood * risk.impact == 0) return;
  out.severity = severity_of_risk(risk.likelihood * risk.impact);
  out.risk = std::move(risk);
}

void ModelParser::finding(ElementReader& r, FindingElement& out) {
  out.says = r.sentence("says");
  out.at_elements = r.list("at");
  out.owner = r.text("owner");
  out.abuse = r.list("abuse");
  out.decide = r.choices("decide");
  out.requirements = r.list("requires");
  out.ticket = r.text("ticket");
  out.due_s = r.date("due");
  const auto weak = [&](const char* what, const char* hint) {
    error("weak-finding", std::string("a finding needs ") + what, hint, r.at());
  };
  if (out.at_elements.empty()) weak("a place", "at: the flow, never line, zone or asset that it is about");
  if (out.owner.empty()) weak("an owner", "owner: who decides");
  if (r.list("decide").empty()) weak("a decision", "decide: [reduce-access]");
  if (!r.has("due") && !r.has("accept")) weak("a due date", "due: 2028-12-15");
  acceptance(r, out);
}

void ModelParser::acceptance(ElementReader& r, FindingElement& out) {
  auto inner = open_inner(r, "accept", "findings/" + out.id);
  if (!inner) return;
  out.accept = {inner->text("by"),    inner->text("asked_by"),  inner->sentence("why"),
                inner->date("until"), inner->list("meanwhile"), inner->at()};
  if (!out.accept->by.empty() && out.accept->by == out.accept->asked_by)
    error("self-accepted", "'" + out.accept->by + "' accepts what they asked for", "another person than asked_by",
          inner->at("by"));
}

void ModelParser::source(ElementReader& r, SourceElement& out) {
  out.owner = r.text("owner");
  out.fed = r.text("state") == "fed";
}

void ModelParser::control(ElementReader& r, ControlElement& out) {
  out.active = r.text("status") == "active";
  out.strength = r.number("strength");
  out.covers = r.list("covers");
  out.d3fend = r.text("d3fend");
  out.csf = r.text("csf");
  out.owner = r.text("owner");
  out.says = r.sentence("says");
}

void ModelParser::assumption(ElementReader& r, AssumptionElement& out) {
  out.says = r.sentence("says");
  out.owner = r.text("owner");
  auto prove = open_inner(r, "prove", "assumptions/" + out.id);
  if (!prove) return;
  out.monitored = true;
  out.from = prove->list("from");
  out.to = prove->list("to");
  out.apps = prove->list("app");
  out.identities = prove->list("identity");
  out.only_from = prove->list("only_from");
  out.ports = port_list(*prove);
  out.for_ns = prove->duration("for");
}

void ModelParser::requirement(ElementReader& r, RequirementElement& out) {
  out.kind = r.text("kind");
  out.says = r.sentence("says");
  out.owner = r.text("owner");
  out.source = r.text("source");
  auto verify = open_inner(r, "verify", "requirements/" + out.id);
  if (!verify) return;
  out.verified = true;
  out.clean = verify->list("clean");
  out.at_elements = verify->list("at");
  out.fires = verify->list("fires");
  out.seen = verify->text("seen");
  out.for_ns = verify->duration("for");
  out.within_ns = verify->duration("within");
}

void ModelParser::hunt(ElementReader& r, HuntElement& out) {
  case_ = {};
  case_.place = "hunts/" + out.id;
  case_.hunt = true;
  out.ask = r.sentence("ask");
  out.owner = r.text("owner");
  out.over_ns = r.duration("over");
  out.run = hunted_step(r.find("run"));
}

void ModelParser::answer(ElementReader& r, AnswerElement& out) {
  out.why = r.sentence("why");
  out.owner = r.text("owner");
}

}  // namespace glacis::control
