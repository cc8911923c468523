#include <algorithm>

#include "control/analysis/gate_search.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// Null: traffic has shown nothing that is known on that day.
const TrafficFact* fact_of(const GateSubject& subject, const std::string& id) {
  for (const TrafficFact& fact : subject.question.facts) {
    if (fact.model != subject.model().id || fact.id != id || fact.state == FactState::kUntested) continue;
    if (fact.when_s <= subject.question.day_s) return &fact;
  }
  return nullptr;
}

std::string refuted_text(const TrafficFact& fact) {
  std::string out = "refuted";
  if (fact.when_s != 0) out += " on " + date_text(fact.when_s);
  if (!fact.by.empty()) out += " by " + fact.by;
  return out;
}

void find_open_cases(const GateSubject& subject, GateCondition& out) {
  for (const CaseCoverage& one : subject.coverage.cases) {
    if (one.sight == Sight::kEnforced) continue;
    const bool accepted = subject.accepted_case(one.abuse->id);
    std::string what = std::string(sight_name(one.sight)) + (accepted ? ", accepted" : ", and nobody accepts it");
    (accepted ? out.listed : out.failures).push_back({"abuse/" + one.abuse->id, std::move(what), one.abuse->at});
  }
}

void find_unverified(const GateSubject& subject, GateCondition& out) {
  for (const RequirementElement& requirement : subject.model().requirements) {
    const TrafficFact* fact = fact_of(subject, requirement.id);
    if (fact != nullptr && fact->state == FactState::kVerified) continue;
    const bool accepted = subject.accepted_requirement(requirement.id);
    std::string what = (fact == nullptr ? "untested" : refuted_text(*fact)) + (accepted ? ", accepted" : "");
    (accepted ? out.listed : out.failures)
        .push_back({"requirements/" + requirement.id, std::move(what), requirement.at});
  }
}

void find_refuted(const GateSubject& subject, GateCondition& out) {
  for (const AssumptionElement& assumption : subject.model().assumptions) {
    const TrafficFact* fact = fact_of(subject, assumption.id);
    if (fact != nullptr && fact->state == FactState::kRefuted)
      out.failures.push_back({"assumptions/" + assumption.id, refuted_text(*fact), assumption.at});
  }
}

void find_untested(const GateSubject& subject, GateCondition& out) {
  for (const AssumptionElement& assumption : subject.model().assumptions) {
    if (fact_of(subject, assumption.id) == nullptr)
      out.failures.push_back({"assumptions/" + assumption.id, "untested", assumption.at});
  }
}

const GateSearch kLive[] = {
    {{GateStage::kLive, "cases", "every case is enforced or accepted", {}, {}}, find_open_cases},
    {{GateStage::kLive, "requirements", "every requirement is verified or accepted", {}, {}}, find_unverified},
    {{GateStage::kLive, "assumptions", "no assumption is refuted", {}, {}}, find_refuted},
    {{GateStage::kLive, "tested", "every assumption was tested", {}, {}}, find_untested},
};

}  // namespace

std::span<const GateSearch> live_conditions() { return kLive; }

}  // namespace glacis::control
