#include <algorithm>
#include <map>

#include "control/analysis/crossings.h"
#include "control/analysis/duties.h"
#include "control/analysis/threats.h"
#include "control/report/coverage_report.h"
#include "control/report/role_pages.h"
#include "control/threat_model/mentions.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Tone = Document::Tone;

// What the model is, when it was reviewed and what makes the next review due.
Document::Section model_section(const ReviewedModel& reviewed) {
  const Model& model = reviewed.model;
  Document::Section out{model.title == model.id ? model.id : model.id + ": " + model.title,
                        {},
                        {"Scope", "Stage", "Owner", "Reviewed", "Next review", "Days left", "Also due on", "Where"},
                        {}};
  const int64_t due_s = review_due_s(model);
  out.rows.push_back({{text_cell(model.scope),
                       {model.stage.empty() ? "design" : model.stage},
                       {model.owner},
                       date_cell(model.reviewed_s),
                       date_cell(due_s),
                       days_cell(due_s, reviewed.day_s),
                       list_cell(model.review_on),
                       place_cell(model.header_at)},
                      {}});
  return out;
}

std::vector<std::string> controls_of(const Model& model, const std::string& abuse) {
  std::vector<std::string> out;
  for (const ControlElement& control : model.controls) {
    if (control.active && names(control.covers, abuse)) out.push_back(control_text(control));
  }
  return out;
}

Document::Section cases_section(const ReviewedModel& reviewed) {
  Document::Section out{"What can go wrong: cases of " + reviewed.model.id,
                        {},
                        {"Case", "Severity", "STRIDE", "Stopped by", "Seen", "Owner", "Where", "Says"},
                        {}};
  for (const CaseCoverage& one : reviewed.coverage.cases) {
    const AbuseElement& abuse = *one.abuse;
    out.rows.push_back({{{abuse.id},
                         severity_cell(abuse.severity),
                         list_cell(abuse.stride),
                         list_cell(controls_of(reviewed.model, abuse.id)),
                         sight_cell(one.sight),
                         {owner_of(reviewed.model, abuse.id, abuse.owner)},
                         place_cell(abuse.at),
                         {abuse.says}},
                        {}});
  }
  return out;
}

Document::Section findings_section(const ReviewedModel& reviewed) {
  Document::Section out{
      "What changes: findings of " + reviewed.model.id,
      {},
      {"Finding", "About", "Decided", "Requires", "Owner", "Due", "Days left", "Ticket", "Where", "Says"},
      {}};
  for (const FindingElement& finding : reviewed.model.findings) {
    const int64_t due_s = due_of(finding);
    out.rows.push_back({{{finding.id},
                         list_cell(finding.at_elements),
                         list_cell(finding.decide),
                         list_cell(finding.requirements),
                         {owner_of(reviewed.model, finding.id, finding.owner)},
                         date_cell(due_s),
                         days_cell(due_s, reviewed.day_s),
                         text_cell(finding.ticket),
                         place_cell(finding.at),
                         text_cell(finding.says)},
                        {}});
  }
  return out;
}

// By kind in the order of the vocabulary, then as written; those without a kind last.
Document::Section requirements_section(const ReviewedModel& reviewed) {
  std::vector<const RequirementElement*> all;
  all.reserve(reviewed.model.requirements.size());
  for (const RequirementElement& requirement : reviewed.model.requirements) all.push_back(&requirement);
  std::ranges::stable_sort(all, {}, [](const RequirementElement* one) {
    const int position = position_of(one->kind, Vocabulary::kRequirementKind);
    return position == 0 ? 1'000 : position;
  });
  return requirement_table("What must be built: requirements of " + reviewed.model.id, reviewed, all);
}

Document::Section planned_section(const ReviewedModel& reviewed) {
  const Model& model = reviewed.model;
  Document::Section out{"Planned controls of " + model.id,
                        {},
                        {"Control", "Strength", "Covers", "Needed by", "Owner", "Where", "Says"},
                        {}};
  for (const ControlElement& control : model.controls) {
    if (control.active) continue;
    std::vector<std::string> needed;
    for (const BoundaryElement& boundary : model.boundaries) {
      if (names(boundary.needs, control.id)) needed.push_back(boundary.id);
    }
    out.rows.push_back({{{control.id},
                         {std::to_string(control.strength) + " of 5"},
                         list_cell(control.covers),
                         list_cell(needed),
                         {owner_of(model, control.id, control.owner)},
                         place_cell(control.at),
                         text_cell(control.says)},
                        {}});
  }
  return out;
}

// "no boundary", "app-data names none", "app-data: seg is planned"; empty: all its controls are active.
std::string missing_control(const Crossing& crossing, const Model& model) {
  if (crossing.boundary == nullptr) return "no boundary";
  if (crossing.boundary->needs.empty()) return crossing.boundary->id + " names none";
  std::vector<std::string> planned;
  for (const ControlElement& control : model.controls) {
    const auto& needs = crossing.boundary->needs;
    if (!control.active && names(needs, control.id)) planned.push_back(control.id);
  }
  return planned.empty() ? "" : crossing.boundary->id + ": planned " + joined(planned);
}

Document::Section crossings_section(const ReviewedModel& reviewed) {
  Document::Section out{"Crossings of " + reviewed.model.id + " to more trust without an active control",
                        {},
                        {"From", "To", "Control", "Lines", "Carries", "Where"},
                        {}};
  for (const Crossing& crossing : crossings(reviewed.places)) {
    const std::string missing = missing_control(crossing, reviewed.model);
    if (crossing.from->trust >= crossing.to->trust || missing.empty()) continue;
    std::vector<std::string> lines;
    lines.reserve(crossing.lines.size());
    for (const FlowElement* line : crossing.lines) lines.push_back(line->id);
    out.rows.push_back({{{crossing.from->id},
                         {crossing.to->id},
                         {missing, Tone::kBad},
                         list_cell(lines),
                         list_cell(crossing.data),
                         place_cell(crossing.lines.front()->at)},
                        {}});
  }
  return out;
}

Document::Section threats_section(const ReviewedModel& reviewed) {
  std::map<Stride, size_t> open;
  size_t all = 0;
  for (const Threat& threat : threats(reviewed.places)) {
    ++open[threat.condition->stride];
    ++all;
  }
  Document::Section out{"Open threats of " + reviewed.model.id, {}, {"STRIDE", "Without an answer"}, {}};
  if (all != 0)
    out.paragraphs.push_back(std::to_string(all) + " without an answer; glacis threats " + reviewed.model.file +
                             " shows each, where it is and what would answer it.");
  for (const auto& [stride, count] : open)
    out.rows.push_back({{{std::string(stride_name(stride))}, {std::to_string(count)}}, {}});
  return out;
}

}  // namespace

void add_architect_sections(const ReviewedModel& reviewed, Document& out) {
  out.sections.push_back(model_section(reviewed));
  add_section(cases_section(reviewed), "The model has no case.", out);
  add_section(findings_section(reviewed), "None.", out);
  add_section(requirements_section(reviewed), "None.", out);
  add_section(planned_section(reviewed), "None.", out);
  add_section(crossings_section(reviewed), "None.", out);
  add_section(threats_section(reviewed), "None.", out);
}

}  // namespace glacis::control
