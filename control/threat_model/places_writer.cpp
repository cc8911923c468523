#include <algorithm>

#include "control/threat_model/places.h"
#include "control/threat_model/policy_writer.h"

namespace glacis::control {
namespace {

constexpr const char* kShare = "share it in an included file";

std::string place_of(const Element& element, const Model& model) {
  return "model '" + model.id + "' (" + place_text(element.at) + ")";
}

bool same_prefixes(const std::vector<AddressPrefix>& a, const std::vector<AddressPrefix>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const AddressPrefix& x, const AddressPrefix& y) {
    return x.bytes == y.bytes && x.length == y.length;
  });
}

bool same(const ZoneElement& a, const ZoneElement& b) {
  return a.trust == b.trust && a.env == b.env && a.any == b.any && a.flat == b.flat && a.stack == b.stack &&
         a.taps == b.taps && same_prefixes(a.prefixes, b.prefixes);
}

// "Exactly" 1: the model itself says it, not a file that it shares with others.
bool own(const Element& element, const Model& model) { return element.at.file == model.file; }

bool same(const TapElement& a, const TapElement& b) { return a.inside == b.inside && a.without == b.without; }

// High if trust rises by 40 or more ("Exactly" 10); who answers, and what it holds, only the sensor knows.
v1::Severity crossing_severity(const ZoneElement& from, const ZoneElement& to) {
  return to.trust >= from.trust + 40 ? v1::SEVERITY_HIGH : v1::SEVERITY_MEDIUM;
}

}  // namespace

void PolicyWriter::taps(uint32_t m) {
  for (const TapElement& tap : models_[m]->taps) {
    const auto [old, fresh] = tap_elements_.emplace(tap.id, std::pair(&tap, models_[m]));
    if (!fresh && !same(*old->second.first, tap)) {
      fault("composition",
            "tap '" + tap.id + "' is declared otherwise in " + place_of(*old->second.first, *old->second.second),
            kShare, tap.at);
    }
  }
}

void PolicyWriter::zones(uint32_t m) {
  for (const ZoneElement& element : models_[m]->zones) zone(m, element);
}

void PolicyWriter::zone(uint32_t m, const ZoneElement& zone) {
  for (const AddressPrefix& prefix : zone.prefixes) {
    if (prefix.shared) continue;
    const auto [old, fresh] =
        prefix_zone_.emplace(std::pair(prefix.bytes, prefix.length), std::pair(&zone, models_[m]));
    if (fresh || old->second.first->id == zone.id) continue;
    fault("composition",
          prefix.text + " is zone '" + zone.id + "' here and zone '" + old->second.first->id + "' in " +
              place_of(*old->second.first, *old->second.second),
          kShare, zone.at);
  }
  if (purpose_ != CompileFor::kCheck && zone.prefixes.empty() && !zone.any) {
    fault("no-address", "zone '" + zone.id + "' has no address",
          "a sensor needs addr: 10.1.0.0/16; check alone does not", zone.at);
  }
  const auto [known, fresh] =
      zone_.emplace(zone.id, Zone{static_cast<uint32_t>(policy_.zones_size()), &zone, models_[m]});
  if (!fresh) {
    if (own(zone, *models_[m])) policy_.mutable_zones(static_cast<int>(known->second.index))->add_models(m);
    if (!same(*known->second.element, zone)) {
      fault("composition",
            "zone '" + zone.id + "' is declared otherwise in " + place_of(*known->second.element, *known->second.model),
            kShare, zone.at);
    }
    return;
  }
  for (const auto& [id, other] : zone_) {
    if (zone.any && other.element->any && other.element != &zone) {
      fault("composition",
            "zone '" + zone.id + "' has any, and zone '" + id + "' in " + place_of(*other.element, *other.model),
            kShare, zone.at);
    }
  }
  v1::Zone* out = policy_.add_zones();
  out->set_id(zone.id);
  if (own(zone, *models_[m])) out->add_models(m);
  out->set_trust(zone.trust);
  out->set_env(zone.env);
  out->set_any(zone.any);
  out->set_flat(zone.flat);
  out->set_stack(zone.stack);
  add_prefixes(zone.prefixes, *out);
  count_prefixes(zone.prefixes.size(), zone.at);
  if (zone_.size() == kMostZones + 1)
    fault("too-many", "more than 4096 zones in all active models", "a sensor takes no more", zone.at);
}

void PolicyWriter::count_prefixes(size_t more, const Position& at) {
  const bool before = prefixes_ > kMostPrefixes;
  prefixes_ += more;
  if (!before && prefixes_ > kMostPrefixes)
    fault("too-many", "more than 200000 prefixes in all active models", "a sensor takes no more", at);
}

void PolicyWriter::assets(uint32_t m) {
  for (const AssetElement& asset : models_[m]->assets) {
    asset_[{m, asset.id}] = static_cast<uint32_t>(policy_.assets_size());
    if (asset.by_name_only()) by_name_only_.insert({m, asset.id});
    v1::Asset* out = policy_.add_assets();
    out->set_id(models_[m]->id + "/" + asset.id);
    out->set_model(m);
    out->set_zone(zone_.at(asset.zone).index);
    out->set_kind(asset.kind);
    out->set_exposed(asset.exposed);
    out->set_stack(asset.stack);
    for (const std::string& name : asset.names) out->add_names(name);
    add_prefixes(asset.prefixes, *out);
    count_prefixes(asset.prefixes.size(), asset.at);
    for (const std::string& held : asset.holds) {
      out->set_sensitivity(
          std::max(out->sensitivity(), policy_.data(static_cast<int>(data_.at({m, held}))).sensitivity()));
    }
  }
}

void PolicyWriter::boundaries(uint32_t m) {
  for (const BoundaryElement& boundary : models_[m]->boundaries) {
    const auto [old, fresh] =
        boundary_.emplace(std::pair(boundary.from, boundary.to), std::pair(&boundary, models_[m]));
    const BoundaryElement& first = *old->second.first;
    if (!fresh && (first.unmodelled != boundary.unmodelled || first.severity != boundary.severity)) {
      fault("composition",
            boundary.from + " to " + boundary.to + " is boundary '" + first.id + "' in " +
                place_of(first, *old->second.second) + ", with another default or severity",
            kShare, boundary.at);
    }
    if (!fresh && !own(boundary, *models_[m]) && first.id == boundary.id) continue;  // the landscape's, told once
    const Zone &from = zone_.at(boundary.from), &to = zone_.at(boundary.to);
    const v1::Severity severity = boundary.severity != v1::SEVERITY_UNSPECIFIED
                                      ? boundary.severity
                                      : crossing_severity(*from.element, *to.element);
    const std::string sentence =
        boundary.says.empty() ? "no flow of the model covers " + boundary.from + " to " + boundary.to : boundary.says;
    v1::Boundary* out = policy_.add_boundaries();
    out->set_rule(rule(m, "boundaries/" + boundary.id, v1::RULE_KIND_BOUNDARY, sentence, severity, boundary.at).id());
    out->set_model(m);
    out->set_id(boundary.id);
    out->set_from_zone(from.index);
    out->set_to_zone(to.index);
    out->set_unmodelled(boundary.unmodelled);
  }
}

// "Exactly" 9: which ordered pairs this tap sees but another one judges. What no tap is said to see is
// judged by whoever sees it all the same.
void PolicyWriter::views() {
  if (tap_.empty()) return;
  if (!tap_elements_.contains(tap_)) {
    std::vector<std::string_view> taps;
    for (const auto& [id, unused] : tap_elements_) taps.push_back(id);
    const std::string best = closest(tap_, taps);
    fault("unknown-tap", "no active model has a tap '" + tap_ + "'", best.empty() ? "" : "did you mean '" + best + "'?",
          {});
    return;
  }
  std::set<std::pair<uint32_t, uint32_t>> elsewhere;
  for (const auto& [from_id, from] : zone_) {
    for (const auto& [to_id, to] : zone_) {
      const std::string by = judging_tap(*from.element, *to.element,
                                         [&](const std::string& tap) { return sees(*from.element, *to.element, tap); });
      if (!by.empty() && by != tap_) elsewhere.emplace(from.index, to.index);
    }
  }
  for (const auto& [from, to] : elsewhere) {
    v1::ZonePair* out = policy_.add_judged_elsewhere();
    out->set_from(from);
    out->set_to(to);
  }
}

bool PolicyWriter::sees(const ZoneElement& from, const ZoneElement& to, const std::string& tap) const {
  const auto found = tap_elements_.find(tap);
  if (found == tap_elements_.end()) return false;
  return control::sees(*found->second.first, from, to);
}

}  // namespace glacis::control
