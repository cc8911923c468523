#include <algorithm>

#include "control/analysis/duties.h"
#include "control/report/coverage_report.h"
#include "control/report/role_pages.h"
#include "control/threat_model/mentions.h"
#include "control/threat_model/printable_text.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

using Tone = Document::Tone;

std::string of(uint32_t number, uint32_t most) { return std::to_string(number) + " of " + std::to_string(most); }

// "16 (4 x 4)"
std::string authored_text(const CaseRisk& risk) {
  if (!risk.authored) return "";
  return std::to_string(*risk.authored) + " (" + std::to_string(risk.abuse->risk->likelihood) + " x " +
         std::to_string(risk.abuse->risk->impact) + ")";
}

std::string response_text(const CaseRisk& risk) {
  return risk.abuse->risk && risk.abuse->risk->response != 0 ? of(risk.abuse->risk->response, 5) : "";
}

// "5 to 9, mean 7.0"
std::string dread_text(const CaseRisk& risk) {
  if (!risk.dread) return "";
  const Dread& d = *risk.dread;
  return std::to_string(d.low) + " to " + std::to_string(d.high) + ", mean " + std::to_string(d.mean_tenths / 10) +
         "." + std::to_string(d.mean_tenths % 10);
}

Document::Section risks_section(const ReviewedModel& reviewed) {
  Document::Section out{
      "Risk of the cases of " + reviewed.model.id + ", authored and computed",
      {"Authored is what the model says: likelihood x impact, 1 to 25. Computed is what follows from its places, "
       "lines, "
       "controls and taps: ease (exposure, missing control, missing sight) plus loss (value, sensitivity, fan-out), "
       "each of "
       "the six 0 to 5. Neither is in the other. The highest computed risk comes first."},
      {"Case", "Computed", "Ease", "Loss", "Authored", "Response", "DREAD", "Severity", "Owner", "Where", "Says"},
      {}};
  for (const CaseRisk& risk : reviewed.risks) {
    const AbuseElement& abuse = *risk.abuse;
    out.rows.push_back({{{abuse.id},
                         {of(risk.terms.sum(), kMostSum)},
                         {of(risk.terms.ease(), kMostEase)},
                         {of(risk.terms.loss(), kMostLoss)},
                         text_cell(authored_text(risk)),
                         text_cell(response_text(risk)),
                         text_cell(dread_text(risk)),
                         severity_cell(abuse.severity),
                         {owner_of(reviewed.model, abuse.id, abuse.owner)},
                         place_cell(abuse.at),
                         {abuse.says}},
                        {}});
  }
  return out;
}

// --- the terms, each "4: why"
Document::Cell term_cell(uint32_t term, const std::string& why) { return {std::to_string(term) + ": " + why}; }

std::string exposure_text(const Exposure& exposure) {
  if (!exposure.known) return "no step says where it begins";
  if (!exposure.hops) return "no way from outside";
  if (*exposure.hops == 0) return "begins in " + exposure.to;
  return counted(*exposure.hops, "hop") + " from " + exposure.from + " to " + exposure.to;
}

std::string controls_text(const CaseRisk& risk) {
  std::string out = risk.active == nullptr ? "no active control" : control_text(*risk.active);
  if (risk.planned != nullptr) out += "; planned " + control_text(*risk.planned);
  return out;
}

// Those assets that are worth most by one of the two numbers.
std::string worst_of(const ReviewedModel& reviewed, const std::vector<const AssetElement*>& assets, uint32_t most,
                     bool by_value) {
  std::vector<std::string> out;
  for (const AssetElement* asset : assets) {
    const uint32_t worth = by_value ? asset->value : reviewed.places.sensitivity(*asset);
    if (worth == most) out.push_back(asset->id);
  }
  return joined(out);
}

std::string value_text(const ReviewedModel& reviewed, const Stake& stake) {
  if (!stake.known) return "no step names a place";
  return stake.value == 0 ? "no value is said" : worst_of(reviewed, stake.assets, stake.value, true);
}

std::string sensitivity_text(const ReviewedModel& reviewed, const Stake& stake) {
  if (!stake.known) return "no step names a place";
  if (stake.sensitivity == 0) return "no data is said";
  const std::string held = worst_of(reviewed, stake.assets, stake.sensitivity, false);
  return held.empty() ? "on its lines" : held;
}

// "5 assets further: kdc, jump, db and more; value up to 5; sensitivity up to 3"
std::string fan_out_text(const FanOut& fan_out) {
  constexpr size_t kMostNames = 3;
  if (fan_out.assets.empty()) return "nothing further";
  const size_t named = std::min(fan_out.assets.size(), kMostNames);
  std::vector<std::string> names(named);
  for (size_t i = 0; i < named; ++i) names[i] = fan_out.assets[i]->id;
  const std::string_view more = fan_out.assets.size() > named ? " and more" : "";
  std::string out = counted(fan_out.assets.size(), "asset") + " further: " + joined(names) + std::string(more);
  if (fan_out.value != 0) out += "; value up to " + std::to_string(fan_out.value);
  if (fan_out.sensitivity != 0) out += "; sensitivity up to " + std::to_string(fan_out.sensitivity);
  return out;
}

Document::Section terms_section(const ReviewedModel& reviewed) {
  Document::Section out{
      "What the computed risk is made of in " + reviewed.model.id,
      {},
      {"Case", "Exposure", "Missing control", "Missing sight", "Value", "Sensitivity", "Fan-out", "Where"},
      {}};
  for (const CaseRisk& risk : reviewed.risks) {
    const RiskTerms& terms = risk.terms;
    Document::Cell sight = sight_cell(risk.sight);
    sight.text = std::to_string(terms.sight) + ": " + sight.text;
    out.rows.push_back({{{risk.abuse->id},
                         term_cell(terms.exposure, exposure_text(risk.exposure)),
                         term_cell(terms.control, controls_text(risk)),
                         sight,
                         term_cell(terms.value, value_text(reviewed, risk.stake)),
                         term_cell(terms.sensitivity, sensitivity_text(reviewed, risk.stake)),
                         term_cell(terms.fan_out, fan_out_text(risk.fan_out)),
                         place_cell(risk.abuse->at)},
                        {}});
  }
  return out;
}

Document::Section acceptances_section(const ReviewedModel& reviewed) {
  Document::Section out{"Risks of " + reviewed.model.id + " that are accepted",
                        {},
                        {"Finding", "By", "Asked by", "Until", "Days left", "Meanwhile", "Where", "Why", "Says"},
                        {}};
  for (const FindingElement& finding : reviewed.model.findings) {
    if (!finding.accept) continue;
    const Acceptance& accept = *finding.accept;
    out.rows.push_back({{{finding.id},
                         {accept.by},
                         {accept.asked_by},
                         date_cell(accept.until_s),
                         days_cell(accept.until_s, reviewed.day_s),
                         list_cell(accept.meanwhile),
                         place_cell(accept.at),
                         {accept.why},
                         text_cell(finding.says)},
                        {}});
  }
  return out;
}

Document::Section duties_section(const std::string& heading, const std::vector<Duty>& duties, int64_t day_s) {
  Document::Section out{heading, {}, {"Owner", "Kind", "Id", "Due", "Days left", "Where", "Says"}, {}};
  for (const Duty& duty : duties) {
    out.rows.push_back({{{duty.owner},
                         {std::string(duty.kind)},
                         {duty.id},
                         date_cell(duty.due_s),
                         days_cell(duty.due_s, day_s),
                         place_cell(duty.at),
                         text_cell(duty.says)},
                        {}});
  }
  return out;
}

Document::Section overdue_section(const ReviewedModel& reviewed) {
  const std::string heading = "What is late in " + reviewed.model.id + " on " + date_text(reviewed.day_s);
  return duties_section(heading, overdue(reviewed.model, reviewed.day_s), reviewed.day_s);
}

// Why nothing follows of what was decided; empty: something does.
std::string open_decision(const FindingElement& finding) {
  if (finding.accept) return "";
  const bool taken = names(finding.decide, "accept-risk");
  if (finding.decide.empty()) return "nothing is decided";
  if (taken) return "accept-risk, and nobody accepts it";
  return finding.requirements.empty() && finding.ticket.empty() ? "no requirement and no ticket" : "";
}

Document::Section open_section(const ReviewedModel& reviewed) {
  Document::Section out{"Findings of " + reviewed.model.id + " of which nothing follows yet",
                        {},
                        {"Finding", "Open", "Decided", "Owner", "Due", "Where", "Says"},
                        {}};
  for (const FindingElement& finding : reviewed.model.findings) {
    const std::string open = open_decision(finding);
    if (open.empty()) continue;
    out.rows.push_back({{{finding.id},
                         {open, Tone::kBad},
                         list_cell(finding.decide),
                         {owner_of(reviewed.model, finding.id, finding.owner)},
                         date_cell(due_of(finding)),
                         place_cell(finding.at),
                         text_cell(finding.says)},
                        {}});
  }
  return out;
}

Document::Section owners_section(const ReviewedModel& reviewed) {
  return duties_section("Who answers for what in " + reviewed.model.id, duties(reviewed.model), reviewed.day_s);
}

}  // namespace

void add_risk_sections(const ReviewedModel& reviewed, Document& out) {
  add_section(risks_section(reviewed), "The model has no case.", out);
  if (!reviewed.risks.empty()) out.sections.push_back(terms_section(reviewed));
  add_section(acceptances_section(reviewed), "None.", out);
  add_section(overdue_section(reviewed), "Nothing.", out);
  add_section(open_section(reviewed), "None.", out);
  out.sections.push_back(owners_section(reviewed));
}

}  // namespace glacis::control
