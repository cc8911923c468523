#include <nlohmann/json.hpp>

#include "control/report/coverage_report.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

Json reasons_of(const std::vector<Reason>& reasons) {
  Json out = Json::array();
  for (const Reason& reason : reasons) out.push_back({{"code", reason.code}, {"text", reason.text}});
  return out;
}

void add_sighting(const Sighting& sighting, Json& out) {
  out["taps"] = sighting.taps;
  Json gaps = Json::array();
  for (const ZonePair& gap : sighting.gaps) gaps.push_back({{"from", gap.from}, {"to", gap.to}});
  out["unseen_pairs"] = sighting.unseen;
  out["unseen"] = std::move(gaps);
}

Json step_of(const StepCoverage& step) {
  Json out = {{"id", step.step.step->id},
              {"line", step.step.step->at.line},
              {"required", step.step.required},
              {"sight", sight_name(step.sight)}};
  add_sighting(step.sighting, out);
  out["sources"] = step.sources;
  out["reasons"] = reasons_of(step.reasons);
  return out;
}

Json case_of(const CaseCoverage& one) {
  Json alert;
  if (one.first_alert)
    alert = {{"step", one.first_alert->id}, {"node", one.first_alert->node}, {"of", one.first_alert->of}};
  Json steps = Json::array();
  for (const StepCoverage& step : one.steps) steps.push_back(step_of(step));
  return {{"id", one.abuse->id},
          {"line", one.abuse->at.line},
          {"says", printable(one.abuse->says)},
          {"severity", words_of(Vocabulary::kSeverity)[static_cast<size_t>(one.abuse->severity) - 1].text},
          {"sight", sight_name(one.sight)},
          {"first_alert", std::move(alert)},
          {"reasons", reasons_of(one.reasons)},
          {"steps", std::move(steps)}};
}

Json line_of(const LineCoverage& line) {
  Json out = {{"element", line.element}, {"line", line.line->at.line}, {"sight", sight_name(line.sight)}};
  add_sighting(line.sighting, out);
  out["reasons"] = reasons_of(line.reasons);
  return out;
}

Json identity_of(const IdentityCoverage& one) {
  Json protocols = Json::array();
  for (const IdentityProtocol& protocol : one.protocols) {
    protocols.push_back({{"name", protocol.name},
                         {"strength", protocol.strength == Strength::kTicket ? "ticket" : "flow"},
                         {"taps", protocol.taps}});
  }
  return {{"id", one.identity->id}, {"protocols", std::move(protocols)}, {"lines", one.lines}};
}

Json advice_of(const TapAdvice& advice) {
  Json shows = Json::array();
  for (const TapAdvice::Gain& gain : advice.gains)
    shows.push_back({{"element", gain.element}, {"sight", sight_name(gain.sight)}});
  return {{"zone", advice.zone->id}, {"inside", advice.inside}, {"shows", std::move(shows)}};
}

template <class List, class Write>
Json list_of(const List& list, Write write) {
  Json out = Json::array();
  for (const auto& one : list) out.push_back(write(one));
  return out;
}

Json model_of(const Coverage& model) {
  return {{"model", model.model->id},
          {"cases", list_of(model.cases, case_of)},
          {"lines", list_of(model.lines, line_of)},
          {"identities", list_of(model.identities, identity_of)},
          {"advice", list_of(model.advice, advice_of)}};
}

}  // namespace

std::string coverage_json(std::span<const Coverage> models) {
  return Json{{"models", list_of(models, model_of)}}.dump(2) + "\n";
}

}  // namespace glacis::control
