#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/analysis/coverage.h"
#include "control/analysis/risk.h"
#include "control/report/document.h"

namespace glacis::control {

// A model and what the pages say of it; what is analysed points into it. Thread: any.
struct ReviewedModel {
  ReviewedModel(const Model& reviewed, int64_t day)
      : model(reviewed), places(reviewed), coverage(cover(places)), risks(assess(places, coverage)), day_s(day) {}

  const Model& model;
  Places places;
  Coverage coverage;
  std::vector<CaseRisk> risks;
  int64_t day_s;
};

// The sections of a role's page for one model.
void add_architect_sections(const ReviewedModel& reviewed, Document& out);
void add_soc_sections(const ReviewedModel& reviewed, Document& out);
void add_risk_sections(const ReviewedModel& reviewed, Document& out);

// --- what their cells say
[[nodiscard]] Document::Cell place_cell(const Position& at);                    // "web-shop.yaml:66"
[[nodiscard]] Document::Cell severity_cell(int severity);                       // "high"; "-" for 0
[[nodiscard]] Document::Cell date_cell(int64_t seconds);                        // "2028-12-15"; "-" for 0
[[nodiscard]] Document::Cell list_cell(const std::vector<std::string>& names);  // "a, b"; "-" for none
[[nodiscard]] Document::Cell text_cell(const std::string& text);                // "-" for none
// Days from `day_s` to `due_s`: "18", "-3"; "-" where no day is said. Bad when over, fair from 14 days before.
[[nodiscard]] Document::Cell days_cell(int64_t due_s, int64_t day_s);
// What shows that a requirement is met; bad: nothing does.
[[nodiscard]] Document::Cell shown_cell(const RequirementElement& requirement);
// "mfa (3 of 5)"
[[nodiscard]] std::string control_text(const ControlElement& control);
// A table of requirements, in their order.
[[nodiscard]] Document::Section requirement_table(const std::string& heading, const ReviewedModel& reviewed,
                                                  const std::vector<const RequirementElement*>& requirements);
// Says `none` where the table is empty.
void add_section(Document::Section section, std::string_view none, Document& out);

}  // namespace glacis::control
