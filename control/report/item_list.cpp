#include <array>
#include <nlohmann/json.hpp>

#include "control/analysis/review_items.h"
#include "control/analysis/risk.h"
#include "control/report/markup.h"
#include "control/report/role_report.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 12> kColumns = {"id",       "kind",   "title", "description", "owner", "due",
                                                       "severity", "labels", "links", "ticket",      "file",  "line"};

std::string severity_text(int severity) { return std::string(word_at(severity, Vocabulary::kSeverity)); }

std::string due_text(const ReviewItem& item) { return item.due_s == 0 ? "" : date_text(item.due_s); }

std::string csv_row(const auto& cells) {
  std::string out;
  for (const auto& cell : cells) out += (out.empty() ? "" : ",") + csv_text(printable(cell));
  return out + "\r\n";
}

std::array<std::string, kColumns.size()> cells_of(const ReviewItem& item) {
  return {item.id,
          std::string(item.kind),
          item.title,
          item.description,
          item.owner,
          due_text(item),
          severity_text(item.severity),
          joined(item.labels, " "),
          joined(item.links, " "),
          item.ticket,
          item.at.file,
          std::to_string(item.at.line)};
}

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(printable(text)); }

Json item_of(const ReviewItem& item) {
  return {{"id", item.id},
          {"kind", item.kind},
          {"title", printable(item.title)},
          {"description", printable(item.description)},
          {"owner", printable(item.owner)},
          {"due", or_null(due_text(item))},
          {"severity", or_null(severity_text(item.severity))},
          {"labels", item.labels},
          {"links", item.links},
          {"ticket", or_null(item.ticket)},
          {"file", printable(item.at.file)},
          {"line", item.at.line}};
}

Json names_of(const std::vector<const AssetElement*>& assets) {
  Json out = Json::array();
  for (const AssetElement* asset : assets) out.push_back(asset->id);
  return out;
}

Json control_of(const ControlElement* control) {
  if (control == nullptr) return nullptr;
  return {{"id", control->id}, {"strength", control->strength}};
}

Json authored_of(const CaseRisk& risk) {
  if (!risk.authored) return nullptr;
  const Risk& said = *risk.abuse->risk;
  Json out = {{"likelihood", said.likelihood}, {"impact", said.impact}, {"product", *risk.authored}};
  out["response"] = said.response == 0 ? Json(nullptr) : Json(said.response);
  Json dread;
  if (risk.dread)
    dread = {{"low", risk.dread->low}, {"high", risk.dread->high}, {"mean", risk.dread->mean_tenths / 10.0}};
  out["dread"] = std::move(dread);
  return out;
}

Json exposure_of(const Exposure& exposure) {
  Json out = {{"known", exposure.known}, {"hops", nullptr}, {"from", nullptr}, {"to", nullptr}};
  if (exposure.hops) out = {{"known", true}, {"hops", *exposure.hops}, {"from", exposure.from}, {"to", exposure.to}};
  return out;
}

Json computed_of(const CaseRisk& risk) {
  const RiskTerms& terms = risk.terms;
  return {{"sum", terms.sum()},
          {"ease", terms.ease()},
          {"loss", terms.loss()},
          {"terms",
           {{"exposure", terms.exposure},
            {"control", terms.control},
            {"sight", terms.sight},
            {"value", terms.value},
            {"sensitivity", terms.sensitivity},
            {"fan_out", terms.fan_out}}},
          {"exposure", exposure_of(risk.exposure)},
          {"active_control", control_of(risk.active)},
          {"planned_control", control_of(risk.planned)},
          {"sight", sight_name(risk.sight)},
          {"at_stake", names_of(risk.stake.assets)},
          {"further", names_of(risk.fan_out.assets)},
          {"further_value", risk.fan_out.value},
          {"further_sensitivity", risk.fan_out.sensitivity}};
}

Json case_of(const Model& model, const CaseRisk& risk) {
  return {{"id", model.id + "/" + risk.abuse->id},
          {"says", printable(risk.abuse->says)},
          {"severity", severity_text(risk.abuse->severity)},
          {"file", printable(risk.abuse->at.file)},
          {"line", risk.abuse->at.line},
          {"authored", authored_of(risk)},
          {"computed", computed_of(risk)}};
}

}  // namespace

std::string items_csv(std::span<const Model> models) {
  std::string out = csv_row(kColumns);
  for (const Model& model : models) {
    for (const ReviewItem& item : review_items(Places(model))) out += csv_row(cells_of(item));
  }
  return out;
}

std::string items_json(std::span<const Model> models, int64_t day_s) {
  Json items = Json::array(), cases = Json::array();
  for (const Model& model : models) {
    const Places places(model);
    for (const ReviewItem& item : review_items(places)) items.push_back(item_of(item));
    for (const CaseRisk& risk : assess(places, cover(places))) cases.push_back(case_of(model, risk));
  }
  const Json out = {{"at", date_text(day_s)}, {"items", std::move(items)}, {"cases", std::move(cases)}};
  return out.dump(2) + "\n";
}

}  // namespace glacis::control
