#include "control/analysis/threats.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "control/analysis/case_steps.h"
#include "control/analysis/threat_search.h"

namespace glacis::control {
namespace {

std::string stub_for(const ThreatCondition& condition, const Occurrence& found, const std::string& id) {
  const std::string stride(stride_name(condition.stride));
  if (found.never) return "never: {NAME: {" + *found.never + ", severity: high, why: WHY}}";
  if (found.edit) return *found.edit;
  return "abuse: {NAME: {says: " + found.case_says + ", stride: [" + stride +
         "], path: {any: [{id: STEP, flow: " + found.target + ", is: [unmodelled]}]}}}  # or answers: {" + id +
         ": {why: WHY, owner: WHO}}";
}

class Answers {
 public:
  explicit Answers(const Places& places) : places_(places) {
    for (const AbuseElement& abuse : places.model().abuse) steps_.push_back(steps_of(abuse, places));
  }

  [[nodiscard]] bool given(const ThreatCondition& condition, const Occurrence& found, const std::string& id) const {
    const Model& model = places_.model();
    if (std::ranges::find(model.answers, id, &AnswerElement::id) != model.answers.end()) return true;
    const bool decided = std::ranges::any_of(model.findings, [&](const FindingElement& finding) {
      return std::ranges::find(finding.at_elements, found.element) != finding.at_elements.end();
    });
    return decided || looked_at(condition, found);
  }

 private:
  // By a case of that kind. Who only wants an owner written down is not answered by one.
  [[nodiscard]] bool looked_at(const ThreatCondition& condition, const Occurrence& found) const {
    if (found.edit) return false;
    const Model& model = places_.model();
    const std::string_view stride = stride_name(condition.stride);
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (std::ranges::find(model.abuse[i].stride, stride) == model.abuse[i].stride.end()) continue;
      const bool about = std::ranges::any_of(steps_[i], [&](const CaseStep& step) {
        const bool says = !names_nothing(step.traffic.from) || !names_nothing(step.traffic.to);
        return says && meets(step.traffic, found.from, found.to, places_);
      });
      if (about) return true;
    }
    return false;
  }

  const Places& places_;
  std::vector<std::vector<CaseStep>> steps_;
};

}  // namespace

std::string_view stride_name(Stride stride) {
  constexpr std::array<std::string_view, 6> kNames = {"spoofing",   "tampering", "repudiation",
                                                      "disclosure", "denial",    "elevation"};
  return kNames[static_cast<size_t>(stride)];
}

std::span<const ThreatCondition> threat_conditions() {
  static const std::vector<ThreatCondition> kConditions = [] {
    std::vector<ThreatCondition> out;
    for (const ThreatSearch& search : threat_searches()) out.push_back(search.condition);
    return out;
  }();
  return kConditions;
}

std::vector<Threat> threats(const Places& places) {
  const ThreatFacts facts(places);
  const Answers answers(places);
  std::vector<Threat> out;
  for (const ThreatSearch& search : threat_searches()) {
    for (Occurrence& found : search.find(facts)) {
      std::string id = std::string(search.condition.id) + "/" + found.element;
      if (answers.given(search.condition, found, id)) continue;
      std::string stub = stub_for(search.condition, found, id);
      out.push_back({std::move(id), &search.condition, std::move(found.element), std::move(found.sentence),
                     std::move(stub), std::move(found.at)});
    }
  }
  return out;
}

}  // namespace glacis::control
