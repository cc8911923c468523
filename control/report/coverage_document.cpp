#include <algorithm>
#include <array>

#include "control/report/coverage_report.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Tone = Document::Tone;

// "3 cases: 1 enforced, 2 blind"
std::string summary(const Coverage& model) {
  std::string out;
  for (const Sight sight : {Sight::kEnforced, Sight::kMetadata, Sight::kElsewhere, Sight::kBlind}) {
    const auto count = std::ranges::count(model.cases, sight, &CaseCoverage::sight);
    if (count != 0) out += (out.empty() ? ": " : ", ") + std::to_string(count) + " " + std::string(sight_name(sight));
  }
  return std::to_string(model.cases.size()) + (model.cases.size() == 1 ? " case" : " cases") + out + ".";
}

Document::Section cases_section(const Coverage& model) {
  const std::string title = model.model->title.empty() ? "" : ": " + model.model->title;
  Document::Section out{
      model.model->id + title, {summary(model)}, {"Case", "Seen", "First alert", "Severity", "Says"}, {}};
  for (const CaseCoverage& one : model.cases) {
    const auto severity = words_of(Vocabulary::kSeverity)[static_cast<size_t>(one.abuse->severity) - 1].text;
    out.rows.push_back(
        {{{one.abuse->id}, sight_cell(one.sight), {alert_text(one)}, {std::string(severity)}, {one.abuse->says}},
         texts_of(one.reasons)});
  }
  return out;
}

Document::Section steps_section(const CaseCoverage& one) {
  Document::Section out{one.abuse->id, {one.abuse->says}, {"Step", "Seen", "By", "What"}, {}};
  for (const StepCoverage& step : one.steps) {
    const StepElement& element = *step.step.step;
    std::vector<std::string> by = step.sighting.taps;
    by.insert(by.end(), step.sources.begin(), step.sources.end());
    out.rows.push_back({{{element.id + (step.step.required ? "" : " (optional)")},
                         sight_cell(step.sight),
                         {by.empty() ? "-" : joined(by)},
                         {text_of(element)}},
                        texts_of(step.reasons)});
  }
  return out;
}

Document::Section lines_section(const Coverage& model) {
  Document::Section out{
      "Lines of " + model.model->id + " that no tap sees, or not wholly", {}, {"Line", "Seen", "By"}, {}};
  for (const LineCoverage& line : model.lines) {
    if (line.sight == Sight::kEnforced && line.sighting.unseen == 0) continue;
    out.rows.push_back(
        {{{line.element}, sight_cell(line.sight), {line.sighting.taps.empty() ? "-" : joined(line.sighting.taps)}},
         texts_of(line.reasons)});
  }
  if (out.rows.empty()) out.paragraphs.emplace_back("Each is seen.");
  return out;
}

// "sql on the flow (t-core)"
std::string protocol_text(const IdentityProtocol& protocol) {
  return protocol.name + (protocol.strength == Strength::kTicket ? " by ticket (" : " on the flow (") +
         (protocol.taps.empty() ? "no tap" : joined(protocol.taps)) + ")";
}

Document::Section identities_section(const Coverage& model) {
  Document::Section out{"Identities of " + model.model->id,
                        {"How surely a tap could tell who acts; no sensor reads identities yet."},
                        {"Identity", "Shown by", "Lines that ask for it"},
                        {}};
  for (const IdentityCoverage& one : model.identities) {
    std::vector<std::string> shown;
    for (const IdentityProtocol& protocol : one.protocols) shown.push_back(protocol_text(protocol));
    out.rows.push_back(
        {{{one.identity->id},
          shown.empty() ? Document::Cell{"nothing on a wire", Tone::kBad} : Document::Cell{joined(shown)},
          {one.lines.empty() ? "-" : joined(one.lines)}},
         {}});
  }
  return out;
}

Document::Section advice_section(const Coverage& model) {
  Document::Section out{"Taps that would help " + model.model->id, {}, {"Tap on", "Would show"}, {}};
  for (const TapAdvice& advice : model.advice) {
    out.rows.push_back({{{advice.zone->id + (advice.inside ? ", inside too" : "")}, {gains_text(advice)}}, {}});
  }
  if (!out.rows.empty()) {
    out.paragraphs.emplace_back("The fewest zones that show all of it, the most useful one first.");
  } else {
    out.paragraphs.emplace_back("None: a tap sees something of all that one can see.");
  }
  return out;
}

}  // namespace

Document::Cell sight_cell(Sight sight) {
  constexpr std::array kTones = {Tone::kBad, Tone::kPoor, Tone::kFair, Tone::kGood};
  return {std::string(sight_name(sight)), kTones[static_cast<size_t>(sight)]};
}

std::vector<std::string> texts_of(const std::vector<Reason>& reasons) {
  std::vector<std::string> out;
  for (const Reason& reason : reasons) out.push_back(reason.text);
  return out;
}

std::string alert_text(const CaseCoverage& one) {
  if (!one.first_alert) return "none";
  const AlertPlace& place = *one.first_alert;
  return place.id + " (" + std::to_string(place.node) + " of " + std::to_string(place.of) + ")";
}

std::string gains_text(const TapAdvice& advice) {
  std::vector<std::string> gains;
  for (const TapAdvice::Gain& gain : advice.gains)
    gains.push_back(gain.element + " (" + std::string(sight_name(gain.sight)) + ")");
  return joined(gains);
}

Document coverage_document(std::span<const Coverage> models) {
  Document out;
  out.title = "What would be seen";
  for (const Coverage& model : models) {
    out.sections.push_back(cases_section(model));
    for (const CaseCoverage& one : model.cases) {
      if (!one.steps.empty()) out.sections.push_back(steps_section(one));
    }
    out.sections.push_back(lines_section(model));
    if (!model.identities.empty()) out.sections.push_back(identities_section(model));
    out.sections.push_back(advice_section(model));
  }
  return out;
}

}  // namespace glacis::control
