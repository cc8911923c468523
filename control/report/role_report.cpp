#include "control/report/role_report.h"

#include <array>

#include "control/analysis/duties.h"
#include "control/report/role_pages.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

constexpr int64_t kDay_s = 86'400, kNotice_s = 14 * kDay_s;
constexpr std::string_view kNothing = "-";

struct RolePage {
  std::string_view heading, says;
  void (*add)(const ReviewedModel& reviewed, Document& out);
};

const RolePage& page_of(Role role) {
  static constexpr std::array kPages = {
      RolePage{"Architect", "What can go wrong, what changes, and who owns it.", add_architect_sections},
      RolePage{"SOC", "What defenders will see, what to do then, and what stays unseen.", add_soc_sections},
      RolePage{"Risk owner", "How the cases compare, what is accepted until when, what is late, and who answers.",
               add_risk_sections}};
  return kPages[static_cast<size_t>(role)];
}

}  // namespace

Document role_document(std::span<const Model> models, std::span<const Role> roles, int64_t day_s) {
  std::vector<ReviewedModel> reviewed;
  std::vector<std::string> ids;
  for (const Model& model : models) {
    reviewed.emplace_back(model, day_s);
    ids.push_back(model.id);
  }
  Document out;
  out.title = joined(ids) + " on " + date_text(day_s);
  for (const Role role : roles) {
    const RolePage& page = page_of(role);
    out.sections.push_back({std::string(page.heading), {std::string(page.says)}, {}, {}, true});
    for (const ReviewedModel& one : reviewed) page.add(one, out);
  }
  return out;
}

Document::Cell place_cell(const Position& at) { return {place_text(at)}; }

Document::Cell severity_cell(int severity) {
  return severity == 0 ? Document::Cell{std::string(kNothing)}
                       : Document::Cell{std::string(word_at(severity, Vocabulary::kSeverity))};
}

Document::Cell date_cell(int64_t seconds) { return {seconds == 0 ? std::string(kNothing) : date_text(seconds)}; }

Document::Cell list_cell(const std::vector<std::string>& names) { return text_cell(joined(names)); }

Document::Cell text_cell(const std::string& text) { return {text.empty() ? std::string(kNothing) : text}; }

Document::Cell days_cell(int64_t due_s, int64_t day_s) {
  if (due_s == 0) return {std::string(kNothing)};
  const auto tone = due_s < day_s               ? Document::Tone::kBad
                    : due_s - day_s < kNotice_s ? Document::Tone::kFair
                                                : Document::Tone::kPlain;
  return {std::to_string((due_s - day_s) / kDay_s), tone};
}

Document::Cell shown_cell(const RequirementElement& requirement) {
  std::vector<std::string> out;
  const auto in = [](int64_t ns, std::string_view word) {
    return ns == 0 ? "" : " " + std::string(word) + " " + span_text(ns);
  };
  if (!requirement.clean.empty()) out.push_back("clean " + joined(requirement.clean) + in(requirement.for_ns, "for"));
  if (!requirement.seen.empty())
    out.push_back(requirement.seen + " seen at " + joined(requirement.at_elements) +
                  in(requirement.within_ns, "within"));
  if (!requirement.fires.empty()) out.push_back(joined(requirement.fires) + " alerts");
  if (!requirement.source.empty()) out.push_back("log " + requirement.source);
  return out.empty() ? Document::Cell{"nothing", Document::Tone::kBad} : Document::Cell{joined(out, "; ")};
}

std::string control_text(const ControlElement& control) {
  return control.id + " (" + std::to_string(control.strength) + " of 5)";
}

Document::Section requirement_table(const std::string& heading, const ReviewedModel& reviewed,
                                    const std::vector<const RequirementElement*>& requirements) {
  Document::Section out{heading, {}, {"Kind", "Requirement", "Shown by", "Owner", "Due", "Where", "Says"}, {}};
  for (const RequirementElement* one : requirements) {
    out.rows.push_back({{text_cell(one->kind),
                         {one->id},
                         shown_cell(*one),
                         {owner_of(reviewed.model, one->id, one->owner)},
                         date_cell(due_of(reviewed.model, *one)),
                         place_cell(one->at),
                         {one->says}},
                        {}});
  }
  return out;
}

void add_section(Document::Section section, std::string_view none, Document& out) {
  if (section.rows.empty()) section.paragraphs.emplace_back(none);
  out.sections.push_back(std::move(section));
}

}  // namespace glacis::control
