#include <algorithm>
#include <map>

#include "control/analysis/duties.h"
#include "control/report/coverage_report.h"
#include "control/report/role_pages.h"
#include "control/threat_model/sentence.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Tone = Document::Tone;

std::vector<std::string> seen_by(const StepCoverage& step) {
  std::vector<std::string> out = step.sighting.taps;
  out.insert(out.end(), step.sources.begin(), step.sources.end());
  return out;
}

Document::Section alerts_section(const ReviewedModel& reviewed) {
  Document::Section out{"What defenders will see: cases of " + reviewed.model.id,
                        {},
                        {"Case", "First alert", "Severity", "Seen", "Respond", "Owner", "Where", "Sentence"},
                        {}};
  for (const CaseCoverage& one : reviewed.coverage.cases) {
    const AbuseElement& abuse = *one.abuse;
    out.rows.push_back({{{abuse.id},
                         {alert_text(one), one.first_alert ? Tone::kPlain : Tone::kBad},
                         severity_cell(abuse.severity),
                         sight_cell(one.sight),
                         text_cell(joined(abuse.respond, "; ")),
                         {owner_of(reviewed.model, abuse.id, abuse.owner)},
                         place_cell(abuse.at),
                         {abuse.says}},
                        texts_of(one.reasons)});
  }
  return out;
}

Document::Section steps_section(const ReviewedModel& reviewed) {
  Document::Section out{
      "Steps of the cases of " + reviewed.model.id, {}, {"Case", "Step", "Seen", "By", "Where", "What"}, {}};
  for (const CaseCoverage& one : reviewed.coverage.cases) {
    for (const StepCoverage& step : one.steps) {
      const StepElement& element = *step.step.step;
      out.rows.push_back({{{one.abuse->id},
                           {element.id + (step.step.required ? "" : " (optional)")},
                           sight_cell(step.sight),
                           list_cell(seen_by(step)),
                           place_cell(element.at),
                           {text_of(element)}},
                          texts_of(step.reasons)});
    }
  }
  return out;
}

Document::Section nevers_section(const ReviewedModel& reviewed) {
  Document::Section out{"Lines of " + reviewed.model.id + " that alert",
                        {},
                        {"Line", "Severity", "Seen", "By", "Owner", "Where", "Sentence"},
                        {}};
  for (const LineCoverage& line : reviewed.coverage.lines) {
    const auto never = std::ranges::find(reviewed.model.nevers, line.line->id, &NeverElement::id);
    if (never == reviewed.model.nevers.end()) continue;
    out.rows.push_back({{{never->id},
                         severity_cell(never->severity),
                         sight_cell(line.sight),
                         list_cell(line.sighting.taps),
                         {owner_of(reviewed.model, never->id, "")},
                         place_cell(never->at),
                         {sentence_of(*never)}},
                        {}});
  }
  return out;
}

// What asks for a tap or a log, by its name.
class Needed {
 public:
  explicit Needed(const ReviewedModel& reviewed) {
    for (const CaseCoverage& one : reviewed.coverage.cases) {
      for (const StepCoverage& step : one.steps) {
        for (const std::string& name : step.sighting.taps) add(name, one.abuse->id);
        for (const std::string& name : step.step.step->see) add(name, one.abuse->id);
      }
    }
    for (const LineCoverage& line : reviewed.coverage.lines) {
      if (!line.element.starts_with("never/")) continue;
      for (const std::string& name : line.sighting.taps) add(name, line.line->id);
    }
    for (const RequirementElement& requirement : reviewed.model.requirements) add(requirement.source, requirement.id);
  }
  [[nodiscard]] std::vector<std::string> by(const std::string& name) const {
    const auto found = by_.find(name);
    return found == by_.end() ? std::vector<std::string>() : found->second;
  }

 private:
  void add(const std::string& name, const std::string& by) {
    std::vector<std::string>& all = by_[name];
    if (std::ranges::find(all, by) == all.end()) all.push_back(by);
  }
  std::map<std::string, std::vector<std::string>> by_;
};

Document::Section feeds_section(const ReviewedModel& reviewed) {
  const Model& model = reviewed.model;
  Document::Section out{"Taps and logs that " + model.id + " counts on",
                        {},
                        {"Name", "Kind", "State", "Needed by", "Owner", "Where"},
                        {}};
  const Needed needed(reviewed);
  for (const TapElement& tap : model.taps) {
    const Document::Cell state =
        tap.sensors.empty() ? Document::Cell{"no sensor named", Tone::kFair} : Document::Cell{joined(tap.sensors)};
    out.rows.push_back(
        {{{tap.id}, {"tap"}, state, list_cell(needed.by(tap.id)), {owner_of(model, tap.id, "")}, place_cell(tap.at)},
         {}});
  }
  for (const SourceElement& source : model.sources) {
    out.rows.push_back({{{source.id},
                         {"log"},
                         source.fed ? Document::Cell{"fed", Tone::kGood} : Document::Cell{"planned", Tone::kBad},
                         list_cell(needed.by(source.id)),
                         {owner_of(model, source.id, source.owner)},
                         place_cell(source.at)},
                        {}});
  }
  return out;
}

Document::Section requirements_section(const ReviewedModel& reviewed) {
  std::vector<const RequirementElement*> asked;
  for (const RequirementElement& one : reviewed.model.requirements) {
    if (one.kind == "logging" || one.kind == "ndr" || one.kind == "siem") asked.push_back(&one);
  }
  return requirement_table("What the SOC is asked for: requirements of " + reviewed.model.id, reviewed, asked);
}

// Steps and lines that nothing shows, and lines of which some pairs are not seen.
Document::Section blind_section(const ReviewedModel& reviewed) {
  Document::Section out{"Blind spots of " + reviewed.model.id, {}, {"Element", "Seen", "Where"}, {}};
  for (const CaseCoverage& one : reviewed.coverage.cases) {
    if (one.steps.empty() && one.sight == Sight::kBlind)
      out.rows.push_back(
          {{{"abuse/" + one.abuse->id}, sight_cell(one.sight), place_cell(one.abuse->at)}, texts_of(one.reasons)});
    for (const StepCoverage& step : one.steps) {
      const StepElement& element = *step.step.step;
      if (step.sight != Sight::kBlind) continue;
      out.rows.push_back(
          {{{"abuse/" + one.abuse->id + "." + element.id}, sight_cell(step.sight), place_cell(element.at)},
           texts_of(step.reasons)});
    }
  }
  for (const LineCoverage& line : reviewed.coverage.lines) {
    if (line.sight != Sight::kBlind && line.sighting.unseen == 0) continue;
    out.rows.push_back({{{line.element}, sight_cell(line.sight), place_cell(line.line->at)}, texts_of(line.reasons)});
  }
  return out;
}

Document::Section advice_section(const ReviewedModel& reviewed) {
  Document::Section out{"Taps that would help " + reviewed.model.id, {}, {"Tap on", "Where", "Would show"}, {}};
  for (const TapAdvice& advice : reviewed.coverage.advice) {
    out.rows.push_back(
        {{{advice.zone->id + (advice.inside ? ", inside too" : "")}, place_cell(advice.zone->at), {gains_text(advice)}},
         {}});
  }
  return out;
}

Document::Section hunts_section(const ReviewedModel& reviewed) {
  Document::Section out{"Hunts of " + reviewed.model.id, {}, {"Hunt", "Over", "Owner", "Where", "Asks"}, {}};
  for (const HuntElement& hunt : reviewed.model.hunts) {
    out.rows.push_back({{{hunt.id},
                         text_cell(hunt.over_ns == 0 ? "" : span_text(hunt.over_ns)),
                         {owner_of(reviewed.model, hunt.id, hunt.owner)},
                         place_cell(hunt.at),
                         {hunt.ask}},
                        {}});
  }
  return out;
}

}  // namespace

void add_soc_sections(const ReviewedModel& reviewed, Document& out) {
  add_section(alerts_section(reviewed), "The model has no case.", out);
  add_section(steps_section(reviewed), "None.", out);
  add_section(nevers_section(reviewed), "None.", out);
  add_section(feeds_section(reviewed), "None.", out);
  add_section(requirements_section(reviewed), "None.", out);
  add_section(blind_section(reviewed), "None: a tap or a log shows something of each step and line.", out);
  add_section(advice_section(reviewed), "None: a tap sees something of all that one can see.", out);
  add_section(hunts_section(reviewed), "None.", out);
}

}  // namespace glacis::control
