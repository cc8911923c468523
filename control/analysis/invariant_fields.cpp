#include "control/analysis/invariant_fields.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "control/analysis/identity_sight.h"
#include "control/threat_model/mentions.h"
#include "control/threat_model/vocabulary.h"

namespace glacis::control {
namespace {

using Fields = InvariantFields;

Fact number(size_t n) { return {static_cast<uint32_t>(n), {}}; }
Fact flag(bool on) { return {0, {on ? "true" : "false"}}; }
Fact word(const std::string& text) { return {0, text.empty() ? std::vector<std::string>() : std::vector{text}}; }
Fact severity(v1::Severity of) { return word(std::string(word_at(of, Vocabulary::kSeverity))); }

// Classes of these data, each once.
Fact classes(const Places& places, const std::vector<std::string>& data) {
  Fact out;
  for (const std::string& name : data) {
    const DataElement* element = places.data(name);
    if (element != nullptr && !element->class_.empty() && !names(out.words, element->class_))
      out.words.push_back(element->class_);
  }
  return out;
}

template <class Elements, class Word>
Fact each(const Elements& elements, Word word_of) {
  Fact out;
  for (const auto* element : elements) {
    std::string text = word_of(*element);
    if (!text.empty() && !names(out.words, text)) out.words.push_back(std::move(text));
  }
  return out;
}

uint32_t strongest(const std::vector<const ControlElement*>& controls) {
  uint32_t out = 0;
  for (const ControlElement* control : controls) out = std::max(out, control->strength);
  return out;
}

uint32_t control_of(const Fields& f, const LineCrossing& c) {
  std::vector<const ControlElement*> active;
  const BoundaryElement* boundary = f.boundary(c);
  if (boundary == nullptr) return 0;
  for (const std::string& name : boundary->needs) {
    if (const ControlElement* control = f.active_control(name)) active.push_back(control);
  }
  return strongest(active);
}

uint32_t environments(const Fields& f, const IdentityElement& identity) {
  std::vector<std::string> out;
  for (const FlowElement* line : f.lines(identity)) {
    for (const EndNames* ends : {&line->from, &line->to}) {
      for (const ZoneElement* zone : f.places().zones(*ends)) {
        if (!zone->env.empty() && !names(out, zone->env)) out.push_back(zone->env);
      }
    }
  }
  return static_cast<uint32_t>(out.size());
}

uint32_t least_trust(const Fields& f, const IdentityElement& identity) {
  uint32_t out = 100;
  for (const ZoneElement* zone : f.places().zones(identity.lives_in)) out = std::min(out, zone->trust);
  return out;
}

// One row for each field of the grammar.
template <class Subject>
struct Row {
  std::string_view field;
  Fact (*of)(const Fields& f, const Subject& s);
};

constexpr Row<LineCrossing> kCrossing[] = {
    {"from.zone", [](const Fields&, const LineCrossing& c) { return word(c.from->id); }},
    {"to.zone", [](const Fields&, const LineCrossing& c) { return word(c.to->id); }},
    {"from.trust", [](const Fields&, const LineCrossing& c) { return number(c.from->trust); }},
    {"to.trust", [](const Fields&, const LineCrossing& c) { return number(c.to->trust); }},
    {"from.env", [](const Fields&, const LineCrossing& c) { return word(c.from->env); }},
    {"to.env", [](const Fields&, const LineCrossing& c) { return word(c.to->env); }},
    {"from.any", [](const Fields&, const LineCrossing& c) { return flag(c.from->any); }},
    {"to.any", [](const Fields&, const LineCrossing& c) { return flag(c.to->any); }},
    {"rises", [](const Fields&, const LineCrossing& c) { return flag(c.from->trust < c.to->trust); }},
    {"to.sensitivity", [](const Fields& f, const LineCrossing& c) { return number(f.sensitivity(c)); }},
    {"carries.sensitivity",
     [](const Fields& f, const LineCrossing& c) { return number(c.line == nullptr ? 0 : f.carried(*c.line)); }},
    {"carries.class",
     [](const Fields& f, const LineCrossing& c) {
       return c.line == nullptr ? Fact() : classes(f.places(), c.line->carries);
     }},
    {"boundary", [](const Fields& f, const LineCrossing& c) { return flag(f.boundary(c) != nullptr); }},
    {"control", [](const Fields& f, const LineCrossing& c) { return number(control_of(f, c)); }},
    {"identity",
     [](const Fields& f, const LineCrossing& c) {
       return each(f.identities(c), [](const IdentityElement& identity) { return identity.id; });
     }},
    {"identity.kind",
     [](const Fields& f, const LineCrossing& c) {
       return each(f.identities(c), [](const IdentityElement& identity) { return identity.kind; });
     }},
    {"class", [](const Fields&, const LineCrossing& c) { return word(c.line == nullptr ? "" : c.line->class_); }},
    {"app", [](const Fields&, const LineCrossing& c) { return c.line == nullptr ? Fact() : Fact{0, c.line->apps}; }},
    {"clear", [](const Fields& f, const LineCrossing& c) { return flag(c.line != nullptr && f.readable(*c.line)); }},
    {"encrypted", [](const Fields&, const LineCrossing& c) { return flag(c.line != nullptr && encrypted(*c.line)); }},
    {"limit", [](const Fields&, const LineCrossing& c) { return flag(c.line != nullptr && !c.line->limit.empty()); }},
    {"tapped", [](const Fields& f, const LineCrossing& c) { return flag(!f.places().taps(*c.from, *c.to).empty()); }},
};

constexpr Row<AssetElement> kAsset[] = {
    {"kind", [](const Fields&, const AssetElement& a) { return word(a.kind); }},
    {"zone", [](const Fields&, const AssetElement& a) { return word(a.zone); }},
    {"zone.trust", [](const Fields& f, const AssetElement& a) { return number(f.places().zone(a.zone)->trust); }},
    {"zone.env", [](const Fields& f, const AssetElement& a) { return word(f.places().zone(a.zone)->env); }},
    {"sensitivity", [](const Fields& f, const AssetElement& a) { return number(f.places().sensitivity(a)); }},
    {"data.class", [](const Fields& f, const AssetElement& a) { return classes(f.places(), a.holds); }},
    {"value", [](const Fields&, const AssetElement& a) { return number(a.value); }},
    {"exposed", [](const Fields&, const AssetElement& a) { return flag(a.exposed); }},
    {"bound", [](const Fields&, const AssetElement& a) { return flag(!a.prefixes.empty() || !a.names.empty()); }},
    {"tapped", [](const Fields& f, const AssetElement& a) { return flag(!f.places().zone(a.zone)->taps.empty()); }},
    {"owner", [](const Fields&, const AssetElement& a) { return word(a.owner); }},
};

constexpr Row<IdentityElement> kIdentity[] = {
    {"kind", [](const Fields&, const IdentityElement& i) { return word(i.kind); }},
    {"env", [](const Fields&, const IdentityElement& i) { return word(i.env); }},
    {"envs", [](const Fields& f, const IdentityElement& i) { return number(environments(f, i)); }},
    {"lines", [](const Fields& f, const IdentityElement& i) { return number(f.lines(i).size()); }},
    {"scopes", [](const Fields&, const IdentityElement& i) { return number(i.scopes.size()); }},
    {"becomes", [](const Fields&, const IdentityElement& i) { return number(i.can_become.size()); }},
    {"lives_in", [](const Fields&, const IdentityElement& i) { return Fact{0, i.lives_in}; }},
    {"lives_in.trust", [](const Fields& f, const IdentityElement& i) { return number(least_trust(f, i)); }},
    {"seen", [](const Fields&, const IdentityElement& i) { return flag(!protocols_of(i).empty()); }},
    {"owner", [](const Fields&, const IdentityElement& i) { return word(i.owner); }},
};

constexpr Row<AbuseElement> kCase[] = {
    {"risk",
     [](const Fields&, const AbuseElement& a) { return number(a.risk ? a.risk->likelihood * a.risk->impact : 0); }},
    {"severity", [](const Fields&, const AbuseElement& a) { return severity(a.severity); }},
    {"stride", [](const Fields&, const AbuseElement& a) { return Fact{0, a.stride}; }},
    {"sight",
     [](const Fields& f, const AbuseElement& a) {
       return word(std::string(word_at(static_cast<int>(f.sight(a)) + 1, Vocabulary::kSight)));
     }},
    {"path", [](const Fields&, const AbuseElement& a) { return flag(a.path.has_value()); }},
    {"decided", [](const Fields& f, const AbuseElement& a) { return flag(f.decided(a)); }},
    {"controls", [](const Fields& f, const AbuseElement& a) { return number(f.controls(a).size()); }},
    {"control", [](const Fields& f, const AbuseElement& a) { return number(strongest(f.controls(a))); }},
    {"owner", [](const Fields&, const AbuseElement& a) { return word(a.owner); }},
};

template <class Subject, size_t N>
Fact answer(const Row<Subject> (&rows)[N], const Fields& f, const Subject& subject, std::string_view field) {
  const auto found = std::ranges::find(rows, field, &Row<Subject>::field);
  return found == std::end(rows) ? Fact() : found->of(f, subject);
}

template <class Subject, size_t N>
std::vector<std::string_view> fields_of(const Row<Subject> (&rows)[N]) {
  std::vector<std::string_view> out;
  for (const Row<Subject>& row : rows) out.push_back(row.field);
  return out;
}

}  // namespace

InvariantFields::InvariantFields(const Places& places) : places_(places), facts_(places) {
  for (const BoundaryElement& boundary : model().boundaries) boundaries_[{boundary.from, boundary.to}] = &boundary;
  for (const AssetElement& asset : model().assets) {
    uint32_t& most = zone_sensitivity_[asset.zone];
    most = std::max(most, places.sensitivity(asset));
  }
  for (const IdentityElement& identity : model().identities) {
    for (const FlowElement& line : model().flows) {
      if (uses(line, identity)) identities_[line.id].push_back(&identity);
    }
  }
}

Fact InvariantFields::of(const LineCrossing& crossing, std::string_view field) const {
  return answer(kCrossing, *this, crossing, field);
}
Fact InvariantFields::of(const AssetElement& asset, std::string_view field) const {
  return answer(kAsset, *this, asset, field);
}
Fact InvariantFields::of(const IdentityElement& identity, std::string_view field) const {
  return answer(kIdentity, *this, identity, field);
}
Fact InvariantFields::of(const AbuseElement& abuse, std::string_view field) const {
  return answer(kCase, *this, abuse, field);
}

const BoundaryElement* InvariantFields::boundary(const LineCrossing& crossing) const {
  const auto found = boundaries_.find({crossing.from->id, crossing.to->id});
  return found == boundaries_.end() ? nullptr : found->second;
}

const ControlElement* InvariantFields::active_control(const std::string& name) const {
  const auto found = std::ranges::find(model().controls, name, &ControlElement::id);
  return found != model().controls.end() && found->active ? &*found : nullptr;
}

uint32_t InvariantFields::sensitivity(const LineCrossing& crossing) const {
  const auto of_zone = zone_sensitivity_.find(crossing.to->id);
  if (of_zone == zone_sensitivity_.end()) return 0;
  if (crossing.line == nullptr || crossing.line->to.empty()) return of_zone->second;
  uint32_t out = 0;
  for (const std::string& name : crossing.line->to) {
    const AssetElement* asset = places_.asset(name);
    if (asset == nullptr && places_.holds(name, crossing.to->id)) return of_zone->second;
    if (asset != nullptr && asset->zone == crossing.to->id) out = std::max(out, places_.sensitivity(*asset));
  }
  return out;
}

std::vector<const IdentityElement*> InvariantFields::identities(const LineCrossing& crossing) const {
  const auto found = crossing.line == nullptr ? identities_.end() : identities_.find(crossing.line->id);
  return found == identities_.end() ? std::vector<const IdentityElement*>() : found->second;
}

std::vector<const FlowElement*> InvariantFields::lines(const IdentityElement& identity) const {
  std::vector<const FlowElement*> out;
  for (const FlowElement& line : model().flows) {
    if (uses(line, identity)) out.push_back(&line);
  }
  return out;
}

std::vector<const ControlElement*> InvariantFields::controls(const AbuseElement& abuse) const {
  std::vector<const ControlElement*> out;
  for (const ControlElement& control : model().controls) {
    if (control.active && names(control.covers, abuse.id)) out.push_back(&control);
  }
  return out;
}

Sight InvariantFields::sight(const AbuseElement& abuse) const {
  if (sights_.empty()) {
    for (const CaseCoverage& one : cover(places_).cases) sights_[one.abuse->id] = one.sight;
  }
  return sights_.at(abuse.id);
}

bool InvariantFields::decided(const AbuseElement& abuse) const {
  return std::ranges::any_of(model().findings,
                             [&](const FindingElement& finding) { return names(finding.abuse, abuse.id); });
}

std::vector<std::string_view> answered_fields(Subject subject) {
  switch (subject) {
    case Subject::kCrossing:
      return fields_of(kCrossing);
    case Subject::kAsset:
      return fields_of(kAsset);
    case Subject::kIdentity:
      return fields_of(kIdentity);
    case Subject::kCase:
      break;
  }
  return fields_of(kCase);
}

}  // namespace glacis::control
