#pragma once

#include <span>
#include <string>

#include "control/analysis/coverage.h"
#include "control/analysis/techniques.h"
#include "control/report/document.h"

namespace glacis::control {

// What would be seen of the models, for people. Any thread.
[[nodiscard]] Document coverage_document(std::span<const Coverage> models);
// Likewise for programs: {"models": [{"model", "cases", "lines", "identities", "advice"}]}. Ends with a newline.
[[nodiscard]] std::string coverage_json(std::span<const Coverage> models);
// A layer of the ATT&CK Navigator, format 4.5, for enterprise-attack. Threat: scores are severities, 1-5. Coverage:
// scores are numbers of what alerts. Ends with a newline.
[[nodiscard]] std::string navigator_layer(std::span<const Coverage> models, Techniques which);

// Its parts, for other documents.
[[nodiscard]] Document::Cell sight_cell(Sight sight);
[[nodiscard]] std::vector<std::string> texts_of(const std::vector<Reason>& reasons);
// "reach (1 of 2)", "none": where a case alerts first.
[[nodiscard]] std::string alert_text(const CaseCoverage& one);
// "abuse/AC6.beacon (enforced), flows/f-crm (metadata only)": what the tap would show.
[[nodiscard]] std::string gains_text(const TapAdvice& advice);

}  // namespace glacis::control
