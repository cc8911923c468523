#include <algorithm>
#include <optional>
#include <utility>

#include "control/threat_model/model_parser.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// "Exactly" 10: likelihood times impact.
int severity_of_risk(uint32_t product) { return product >= 20 ? 5 : product >= 12 ? 4 : product >= 6 ? 3 : 2; }

}  // namespace

void ModelParser::abuse(ElementReader& r, AbuseElement& out) {
  case_ = {};
  case_.place = "abuse/" + out.id;
  (void)r.required("says", "the case in plain words");
  out.says = r.sentence("says");
  out.owner = r.text("owner");
  out.stride = r.choices("stride", Vocabulary::kStride);
  out.attack = attack_ids(r);
  out.respond = r.list("respond");
  risk(r, out);
  if (const int severity = r.choice("severity", Vocabulary::kSeverity)) out.severity = severity;
  const YamlTree* steps = r.find("path");
  if (steps == nullptr) {
    not_enforced(case_.place, "a path", r.at());
    return;
  }
  path(*steps, out);
  check_variables(out, r.at("respond"));
}

void ModelParser::risk(ElementReader& r, AbuseElement& out) {
  auto inner = open_inner(r, "risk", "risk", case_.place);
  if (!inner) return;
  const uint32_t likelihood = inner->number("likelihood", 1, 5, 0), impact = inner->number("impact", 1, 5, 0);
  (void)inner->number("response", 1, 5, 0);
  if (!inner->has("likelihood") || !inner->has("impact")) {
    error("missing-key", "'risk' needs likelihood and impact", "risk: {likelihood: 3, impact: 4}", inner->at());
  } else if (likelihood * impact != 0) {
    out.severity = severity_of_risk(likelihood * impact);
  }
}

void ModelParser::finding(ElementReader& r, FindingElement& out) {
  out.at_elements = r.list("at");
  out.owner = r.text("owner");
  out.abuse = r.list("abuse");
  const auto weak = [&](const char* what, const char* hint) {
    error("weak-finding", std::string("a finding needs ") + what, hint, r.at());
  };
  if (out.at_elements.empty()) weak("a place", "at: the flow, never line, zone or asset that it is about");
  if (out.owner.empty()) weak("an owner", "owner: who decides");
  if (r.list("decide").empty()) weak("a decision", "decide: [reduce-access]");
  if (!r.has("due") && !r.has("accept")) weak("a due date", "due: 2028-12-15");
  (void)r.date("due");
  auto accept = open_inner(r, "accept", "accept", "findings/" + out.id);
  if (!accept) return;
  const std::string by = accept->required("by", "who takes the risk"),
                    asked_by = accept->required("asked_by", "who asked for it");
  (void)accept->required("why");
  if (!accept->has("until")) error("missing-key", "'until' is missing", "the day on which it ends", accept->at());
  (void)accept->date("until");
  if (!by.empty() && by == asked_by)
    error("self-accepted", "'" + by + "' accepts what they asked for", "another person than asked_by",
          accept->at("by"));
}

void ModelParser::source(ElementReader& r, const std::string&) { (void)r.choice("state", Vocabulary::kSourceState); }

void ModelParser::control(ElementReader& r, const std::string&) {
  (void)r.choice("status", Vocabulary::kControlStatus);
  (void)r.number("strength", 0, 5, 0);
}

void ModelParser::assumption(ElementReader& r, const std::string& place) {
  (void)r.required("says");
  if (auto prove = open_inner(r, "prove", "prove", place)) (void)prove->duration("for");
}

void ModelParser::requirement(ElementReader& r, const std::string& place) {
  (void)r.required("says");
  auto verify = open_inner(r, "verify", "verify", place);
  if (!verify) return;
  for (const std::string_view key : {"for", "within"}) (void)verify->duration(key);
}

void ModelParser::hunt(ElementReader& r, const std::string& place) {
  case_ = {};
  case_.place = place;
  (void)r.duration("over");
  (void)r.required("ask", "the question that it answers");
  inner_step(r.find("run"), false);
}

}  // namespace glacis::control
