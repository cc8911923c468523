#include <algorithm>
#include <map>

#include "control/analysis/crossings.h"
#include "control/analysis/gate_search.h"
#include "control/analysis/threats.h"
#include "control/threat_model/mentions.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

constexpr uint32_t kHighRise = 40, kHighSensitivity = 4;

void find_undecided(const GateSubject& subject, GateCondition& out) {
  for (const FindingElement& finding : subject.model().findings) {
    const auto fail = [&](const char* what) { out.failures.push_back({"findings/" + finding.id, what, finding.at}); };
    if (finding.decide.empty()) fail("it has no decision");
    if (finding.owner.empty()) fail("it has no owner");
    if (finding.due_s == 0 && !finding.accept) fail("it has no due date");
    if (names(finding.decide, "accept-risk") && !finding.accept)
      fail("the risk is to be accepted, and nobody has: accept");
  }
}

void find_threats(const GateSubject& subject, GateCondition& out) {
  const ThreatFacts facts(subject.places);
  for (const Threat& threat : threats(subject.places)) {
    const bool high = is_high(threat.element, facts);
    (high ? out.failures : out.listed).push_back({threat.id, threat.sentence, threat.at});
  }
}

void find_unbound(const GateSubject& subject, GateCondition& out) {
  for (const ZoneElement& zone : subject.model().zones) {
    if (!zone.any && zone.prefixes.empty()) out.failures.push_back({"zones/" + zone.id, "it has no address", zone.at});
  }
  std::map<std::string, size_t> bare;
  const auto is_bare = [](const AssetElement& asset) { return asset.prefixes.empty() && asset.names.empty(); };
  for (const AssetElement& asset : subject.model().assets) bare[asset.zone] += is_bare(asset) ? 1 : 0;
  for (const AssetElement& asset : subject.model().assets) {
    if (is_bare(asset) && bare[asset.zone] > 1)
      out.failures.push_back({"assets/" + asset.id,
                              "it has no address, and other assets of '" + asset.zone + "' have none either",
                              asset.at});
  }
}

void find_untapped(const GateSubject& subject, GateCondition& out) {
  for (const Crossing& crossing : crossings(subject.places)) {
    if (crossing.from->trust >= crossing.to->trust || !crossing.taps.empty()) continue;
    const FlowElement& line = *crossing.lines[0];
    out.failures.push_back(
        {"flows/" + line.id, "no tap sees " + crossing.from->id + " to " + crossing.to->id, line.at});
  }
  for (const TapElement& tap : subject.model().taps) {
    if (tap.sensors.empty()) out.failures.push_back({"taps/" + tap.id, "no sensor stands on it", tap.at});
  }
}

void find_overdue(const GateSubject& subject, GateCondition& out) {
  for (const FindingElement& finding : subject.model().findings) {
    if (finding.accept || finding.due_s == 0 || finding.due_s >= subject.question.day_s) continue;
    out.failures.push_back({"findings/" + finding.id, "it was due on " + date_text(finding.due_s), finding.at});
  }
}

// Why sensors cannot run the case yet; empty: nothing is missing, but perhaps a tap.
std::string not_run(const CaseCoverage& one) {
  for (const StepCoverage& step : one.steps) {
    if (!step.step.required || step.sight == Sight::kEnforced) continue;
    for (const Reason& reason : step.reasons) {
      if (reason.code == "not-enforced" || reason.code == "path")
        return "step '" + step.step.step->id + "': " + reason.text;
    }
  }
  for (const Reason& reason : one.reasons) {
    if (reason.code == "joining") return reason.text;
  }
  return "";
}

// What no sensor does yet is told; it fails where a case is not enforced for it and nobody took the risk.
void find_not_enforced(const GateSubject& subject, GateCondition& out) {
  for (const CaseCoverage& one : subject.coverage.cases) {
    if (one.sight == Sight::kEnforced || subject.accepted_case(one.abuse->id)) continue;
    std::string why = not_run(one);
    if (!why.empty()) out.failures.push_back({"abuse/" + one.abuse->id, std::move(why), one.abuse->at});
  }
  for (const NotEnforcedElement& element : subject.model().not_enforced)
    out.listed.push_back({element.element, "not enforced yet: needs " + element.needs, element.at});
}

const GateSearch kDesign[] = {
    {{GateStage::kDesign, "findings", "every finding is decided: what, by whom, until when", {}, {}}, find_undecided},
    {{GateStage::kDesign, "threats", "no threat of level high is without an answer", {}, {}}, find_threats},
    {{GateStage::kBuild, "addresses", "every zone has addresses, and assets can be told apart", {}, {}}, find_unbound},
    {{GateStage::kBuild, "taps", "a tap with a sensor sees every crossing to more trust", {}, {}}, find_untapped},
    {{GateStage::kBuild, "due", "no finding is overdue", {}, {}}, find_overdue},
    {{GateStage::kBuild, "enforced", "no case needs what sensors do not do yet", {}, {}}, find_not_enforced},
};

bool line_is_high(const FlowElement& line, const ThreatFacts& facts) {
  if (facts.leads_up(line) && facts.most_trust(line.to) - facts.least_trust(line.from) >= kHighRise) return true;
  if (facts.carried(line) >= kHighSensitivity) return true;
  const Places& places = facts.places();
  return std::ranges::any_of(facts.model().assets, [&](const AssetElement& asset) {
    return places.sensitivity(asset) >= kHighSensitivity && places.holds(line.to, EndNames{asset.id});
  });
}

}  // namespace

bool is_high(const std::string& element, const ThreatFacts& facts) {
  const Places& places = facts.places();
  const auto holds_much = [&](const AssetElement& asset) { return places.sensitivity(asset) >= kHighSensitivity; };
  if (const FlowElement* line = places.flow(element)) return line_is_high(*line, facts);
  if (const AssetElement* asset = places.asset(element)) return asset->exposed || holds_much(*asset);
  if (const DataElement* data = places.data(element)) return data->sensitivity >= kHighSensitivity;
  if (places.zone(element) != nullptr) {
    return std::ranges::any_of(facts.model().assets,
                               [&](const AssetElement& asset) { return asset.zone == element && holds_much(asset); });
  }
  const auto abuse = std::ranges::find(facts.model().abuse, element, &AbuseElement::id);
  if (abuse != facts.model().abuse.end()) return abuse->severity >= v1::SEVERITY_HIGH;
  const auto identity = std::ranges::find(facts.model().identities, element, &IdentityElement::id);
  return identity != facts.model().identities.end() &&
         std::ranges::any_of(facts.model().flows, [&](const FlowElement& line) {
           return uses(line, *identity) && line_is_high(line, facts);
         });
}

std::span<const GateSearch> design_conditions() { return kDesign; }

}  // namespace glacis::control
