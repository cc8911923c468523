#include "control/analysis/step_coverage.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "control/analysis/identity_sight.h"
#include "control/threat_model/mentions.h"
#include "control/threat_model/value.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

constexpr std::array<std::string_view, 19> kEncryptedApps = {
    "tls", "https",     "dtls",    "quic",  "http3", "dot",   "doh",   "ssh",  "ipsec", "ike",
    "esp", "wireguard", "openvpn", "ldaps", "imaps", "pop3s", "smtps", "ftps", "sips"};
// IANA's registry of service names and ports, 2026: those of TLS alone.
constexpr std::array<uint32_t, 12> kTlsPorts = {443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 5061, 8443};

const StepElement& inner_of(const StepElement& step) { return step.of.empty() ? step : step.of[0]; }

bool is_of(const CaseStep& step, std::string_view condition) {
  return names(step.step->is, condition) || names(inner_of(*step.step).is, condition);
}

// It asks for what a flow carries, not for the flow.
bool asks_inside(const StepElement& step) {
  constexpr std::array<std::string_view, 3> kInside = {"content", "http", "sql"};
  const auto inside = [&](const std::string& verb) { return std::ranges::find(kInside, verb) != kInside.end(); };
  return inside(step.verb) || inside(inner_of(step).verb) || step.aggregate == "requests";
}

bool on_wire(const StepElement& step) {
  return step.verb != "mail" && step.verb != "change" && (step.see.empty() || names(step.see, "tap"));
}

}  // namespace

std::string_view sight_name(Sight sight) {
  constexpr std::array<std::string_view, 4> kNames = {"blind", "elsewhere", "metadata only", "enforced"};
  return kNames[static_cast<size_t>(sight)];
}

bool encrypted(const FlowElement& flow) {
  if (flow.clear) return !*flow.clear;
  if (!flow.apps.empty())
    return std::ranges::all_of(flow.apps, [](const std::string& app) {
      return std::ranges::find(kEncryptedApps, app) != kEncryptedApps.end();
    });
  return !flow.ports.empty() && std::ranges::all_of(flow.ports, [](const PortSpan& span) {
    return span.first == span.last && std::ranges::find(kTlsPorts, span.first) != kTlsPorts.end();
  });
}

Needs::Needs(const Model& model) {
  for (const NotEnforcedElement& entry : model.not_enforced) needs_[entry.element].push_back(entry.needs);
}

std::string Needs::of(const std::string& element) const {
  std::vector<std::string> out;
  for (auto at = needs_.lower_bound(element); at != needs_.end() && at->first.starts_with(element); ++at) {
    if (at->first.size() > element.size() && at->first[element.size()] != '.') continue;
    for (const std::string& need : at->second) {
      if (!names(out, need)) out.push_back(need);
    }
  }
  return joined(out);
}

StepCoverage StepJudge::judge(CaseStep step, const std::string& element, const std::string& stopped_by) {
  StepCoverage out;
  out.step = std::move(step);
  if (on_wire(*out.step.step)) look(out, element, stopped_by);
  add_sources(out);
  return out;
}

void StepJudge::look(StepCoverage& out, const std::string& element, const std::string& stopped_by) {
  out.sighting = taps_.between(out.step.traffic.from, out.step.traffic.to);
  add_gaps(out.sighting, out.reasons);
  if (hidden(out)) return;
  out.with_tap = rule(out, element, stopped_by);
  if (out.sighting.seen != 0) out.sight = out.with_tap;
  add_notes(out);
}

// Whether a sensor has a rule for it.
Sight StepJudge::rule(StepCoverage& out, const std::string& element, const std::string& stopped_by) const {
  const std::string needs = needs_.of(element);
  const Sight own = out.step.step->enforced ? Sight::kEnforced : Sight::kMetadata;
  if (!needs.empty()) out.reasons.push_back(not_enforced(own, needs));
  if (own != Sight::kEnforced || stopped_by.empty()) return own;
  out.reasons.push_back({"path", stopped_by});
  return Sight::kMetadata;
}

// Whether no tap can ever see what it asks for.
bool StepJudge::hidden(StepCoverage& out) const {
  const size_t before = out.reasons.size();
  const std::string lines = asks_inside(*out.step.step) ? encrypted_lines(out.step) : "";
  if (!lines.empty()) out.reasons.push_back({"encrypted", "what it asks for is encrypted on " + lines});
  for (const std::string& name : inner_of(*out.step.step).as) {
    const auto identity = std::ranges::find(places_.model().identities, name, &IdentityElement::id);
    if (identity == places_.model().identities.end() || !protocols_of(*identity).empty()) continue;
    out.reasons.push_back({"identity", "no protocol that a tap reads shows '" + name + "'"});
  }
  return out.reasons.size() != before;
}

// The modelled lines that it can be on, if all of them are encrypted; of traffic that no line models nothing is known.
std::string StepJudge::encrypted_lines(const CaseStep& step) const {
  const StepTraffic& traffic = step.traffic;
  if (traffic.line != nullptr) return encrypted(*traffic.line) ? traffic.line->id : "";
  if (is_of(step, "unmodelled")) return "";
  std::vector<std::string> out;
  for (const FlowElement& flow : places_.model().flows) {
    if (!meets(traffic, flow.from, flow.to, places_) || !ports_meet(traffic.ports, flow.ports)) continue;
    if (!encrypted(flow)) return "";
    out.push_back(flow.id);
  }
  return joined(out);
}

void StepJudge::add_sources(StepCoverage& out) const {
  for (const std::string& name : out.step.step->see) {
    const auto source = std::ranges::find(places_.model().sources, name, &SourceElement::id);
    if (source == places_.model().sources.end()) continue;
    if (source->fed) {
      out.sources.push_back(name);
      out.reasons.push_back({"source", name + " tells of it"});
    } else {
      out.reasons.push_back({"planned-source", name + " is planned: nothing arrives yet"});
    }
  }
  if (!out.sources.empty()) out.sight = std::max(out.sight, Sight::kElsewhere);
}

// What a tap cannot always tell.
void StepJudge::add_notes(StepCoverage& out) const {
  for (const std::string_view condition : {"denied", "established"}) {
    if (is_of(out.step, condition))
      out.reasons.push_back(
          {"one-sided", "'" + std::string(condition) + "' stays open where a tap sees one direction only"});
  }
  if (is_of(out.step, "self-signed") || is_of(out.step, "expired-cert"))
    out.reasons.push_back({"certificates", "TLS 1.3 hides certificates"});
  if (!is_aggregate(out.step.step->verb)) return;
  for (const TapElement& tap : places_.model().taps) {
    if (tap.sensors.size() > 1 && names(out.sighting.taps, tap.id))
      out.reasons.push_back(
          {"joining", "sensors share the flows on " + tap.id + ": to be counted in the control plane"});
  }
}

Reason not_enforced(Sight sight, const std::string& needs) {
  if (sight == Sight::kEnforced) return {"part", "part of it is not enforced yet: needs " + needs};
  return {"not-enforced", "not enforced yet: needs " + needs};
}

void add_gaps(const Sighting& sighting, std::vector<Reason>& out) {
  if (sighting.unseen == 0) return;
  std::string text;
  for (const ZonePair& gap : sighting.gaps) text += (text.empty() ? "no tap sees " : ", ") + gap.from + " to " + gap.to;
  if (sighting.unseen > sighting.gaps.size())
    text += " (and " + std::to_string(sighting.unseen - sighting.gaps.size()) + " more)";
  out.push_back({"no-tap", std::move(text)});
}

}  // namespace glacis::control
