#include "control/threat_model/policy_writer.h"

#include <algorithm>

namespace glacis::control {
namespace {

std::string joined(const std::vector<std::string>& names, const char* between) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : between) + name;
  return out;
}

std::string port_text(const std::vector<PortSpan>& ports) {
  std::string out;
  for (const PortSpan& p : ports) {
    out += (out.empty() ? " on port " : ", ") + std::to_string(p.first);
    if (p.last != p.first) out += "-" + std::to_string(p.last);
  }
  return out;
}

template <class Message>
void add_ports(const std::vector<PortSpan>& ports, Message& out) {
  for (const PortSpan& p : ports) {
    auto* range = out.add_ports();
    range->set_first(p.first);
    range->set_last(p.last);
  }
}

void set_line(const Position& at, v1::Line* out) {
  out->set_file(at.file);
  out->set_line(at.line);
  out->set_column(at.column);
}

template <class Prefixes, class Message>
void add_prefixes(const Prefixes& prefixes, Message& out) {
  for (const AddressPrefix& p : prefixes) {
    auto* prefix = out.add_prefixes();
    prefix->set_address(p.bytes);
    prefix->set_length(p.length);
  }
}

}  // namespace

ExpectedAll<v1::Policy> PolicyWriter::write() {
  policy_.set_language(1);
  policy_.set_tap(tap_);
  for (const Model& model : models_) {
    v1::Model* out = policy_.add_models();
    out->set_id(model.id);
    out->set_title(model.title);
    out->set_stage(model.stage);
    out->set_owner(model.owner);
    out->set_digest(model.digest);
    out->set_file(model.file);
  }
  const auto count = static_cast<uint32_t>(models_.size());
  for (uint32_t m = 0; m < count; ++m) zones(m);
  for (uint32_t m = 0; m < count; ++m) data(m);
  for (uint32_t m = 0; m < count; ++m) assets(m);
  for (uint32_t m = 0; m < count; ++m) flows(m);
  for (uint32_t m = 0; m < count; ++m) {
    nevers(m);
    boundaries(m);
    drift(m);
    paths(m);
    for (const auto& [id, kind] : models_[m].identities) {
      v1::Identity* out = policy_.add_identities();
      out->set_id(models_[m].id + "/" + id);
      out->set_model(m);
      out->set_kind(kind);
    }
    for (const NotEnforcedElement& element : models_[m].not_enforced) {
      v1::NotEnforced* out = policy_.add_not_enforced();
      out->set_model(models_[m].id);
      out->set_element(element.element);
      out->set_needs(element.needs);
      set_line(element.at, out->mutable_line());
    }
  }
  views();
  features();
  std::sort(policy_.mutable_rules()->begin(), policy_.mutable_rules()->end(),
            [](const v1::Rule& a, const v1::Rule& b) { return a.id() < b.id(); });
  if (!faults_.empty()) return std::unexpected(std::move(faults_));
  return std::move(policy_);
}

void PolicyWriter::zones(uint32_t m) {
  for (const ZoneElement& zone : models_[m].zones) {
    for (const AddressPrefix& prefix : zone.prefixes) {
      const std::string key = prefix.bytes + "/" + std::to_string(prefix.length);
      const auto [old, fresh] = prefix_zone_.emplace(key, zone.id);
      if (!fresh && old->second != zone.id) {
        faults_.push_back({prefix.text + " is zone '" + zone.id + "' here and zone '" + old->second + "' in another active model", models_[m].id, "share the zones in an included file"});
      }
    }
    const auto [at, fresh] = zone_.emplace(zone.id, policy_.zones_size());
    if (!fresh) {
      v1::Zone* shared = policy_.mutable_zones(static_cast<int>(at->second));
      shared->add_models(m);
      if (shared->trust() != zone.trust || shared->prefixes_size() != static_cast<int>(zone.prefixes.size()) || shared->any() != zone.any) {
        faults_.push_back({"zone '" + zone.id + "' is declared otherwise in another active model", models_[m].id, "share the zones in an included file"});
      }
      continue;
    }
    v1::Zone* out = policy_.add_zones();
    out->set_id(zone.id);
    out->add_models(m);
    out->set_trust(zone.trust);
    out->set_env(zone.env);
    out->set_any(zone.any);
    out->set_flat(zone.flat);
    add_prefixes(zone.prefixes, *out);
  }
}

void PolicyWriter::assets(uint32_t m) {
  for (const AssetElement& asset : models_[m].assets) {
    const std::string id = models_[m].id + "/" + asset.id;
    asset_[id] = static_cast<uint32_t>(policy_.assets_size());
    v1::Asset* out = policy_.add_assets();
    out->set_id(id);
    out->set_model(m);
    out->set_zone(zone_[asset.zone]);
    out->set_kind(asset.kind);
    out->set_exposed(asset.exposed);
    for (const std::string& name : asset.names) out->add_names(name);
    add_prefixes(asset.prefixes, *out);
    for (const std::string& held : asset.holds) {
      for (const DataElement& d : models_[m].data) {
        if (d.id == held) out->set_sensitivity(std::max(out->sensitivity(), d.sensitivity));
      }
    }
  }
}

uint32_t PolicyWriter::rule(uint32_t m, const std::string& element, v1::RuleKind kind, std::string sentence, int severity, const Position& at) {
  const Model& model = models_[m];
  v1::Rule* out = policy_.add_rules();
  out->set_id(ids_.id_for(model.id, element));
  out->set_model(model.id);
  out->set_element(element);
  out->set_kind(kind);
  out->set_sentence(std::move(sentence));
  out->set_severity(static_cast<v1::Severity>(severity));
  set_line(at, out->mutable_line());
  out->set_owner(model.owner);
  const std::string name = element.substr(element.find('/') + 1);
  for (const FindingElement& finding : model.findings) {
    if (finding.at_element != name && std::find(finding.abuse.begin(), finding.abuse.end(), name) == finding.abuse.end()) continue;
    out->add_findings(finding.id);
    if (finding.at_element == name) out->set_owner(finding.owner);
  }
  return out->id();
}

v1::Ends PolicyWriter::ends(uint32_t m, const std::vector<std::string>& names) const {
  v1::Ends out;
  if (names.empty()) out.set_all(true);
  for (const std::string& name : names) {
    if (name == "any") {
      out.set_all(true);
    } else if (const auto asset = asset_.find(models_[m].id + "/" + name); asset != asset_.end()) {
      out.add_assets(asset->second);
    } else if (const auto zone = zone_.find(name); zone != zone_.end()) {
      out.add_zones(zone->second);
    }
  }
  return out;
}

uint32_t PolicyWriter::pattern(const std::string& expression, bool luhn, v1::EvidencePolicy evidence) {
  v1::Pattern* out = policy_.add_patterns();
  out->set_expression(expression);
  out->set_field(v1::FIELD_PAYLOAD);
  out->set_check(luhn ? v1::CHECK_LUHN : v1::CHECK_UNSPECIFIED);
  out->set_evidence(evidence);
  return static_cast<uint32_t>(policy_.patterns_size() - 1);
}

void PolicyWriter::data(uint32_t m) {
  for (const DataElement& d : models_[m].data) {
    const std::string id = models_[m].id + "/" + d.id;
    data_[id] = static_cast<uint32_t>(policy_.data_size());
    v1::DataClass* out = policy_.add_data();
    out->set_id(id);
    out->set_model(m);
    out->set_class_(d.class_);
    out->set_sensitivity(d.sensitivity);
    const int severity = d.sensitivity >= 5 ? 5 : d.sensitivity >= 4 ? 4 : 3;
    out->set_rule(rule(m, "data/" + d.id, v1::RULE_KIND_DATA, d.id + " must not travel in clear where no flow carries it", severity, d.at));
    if (!d.pattern.empty()) out->add_patterns(pattern(d.pattern, d.check == "luhn", v1::EVIDENCE_POLICY_MASKED));
  }
}

void PolicyWriter::flows(uint32_t m) {
  for (const FlowElement& flow : models_[m].flows) {
    flow_[models_[m].id + "/" + flow.id] = static_cast<uint32_t>(policy_.flows_size());
    v1::FlowLine* out = policy_.add_flows();
    out->set_rule(rule(m, "flows/" + flow.id, v1::RULE_KIND_FLOW, joined(flow.from, ", ") + " may reach " + joined(flow.to, ", ") + port_text(flow.ports), 1, flow.at));
    out->set_model(m);
    *out->mutable_from() = ends(m, flow.from);
    *out->mutable_to() = ends(m, flow.to);
    add_ports(flow.ports, *out);
    for (const std::string& app : flow.apps) out->add_apps(app);
    for (const std::string& d : flow.carries) out->add_carries(data_[models_[m].id + "/" + d]);
    out->set_until_s(flow.until_s);
    out->set_limit(flow.limit);
    out->set_class_(flow.class_);
    if (!flow.hours) continue;
    v1::Hours* hours = out->mutable_hours();
    hours->set_tz(flow.hours->tz);
    hours->set_days(flow.hours->days);
    hours->set_start_minute(flow.hours->start_minute);
    hours->set_end_minute(flow.hours->end_minute);
  }
}

void PolicyWriter::nevers(uint32_t m) {
  for (const NeverElement& never : models_[m].nevers) {
    std::string sentence = never.carries.empty() ? (never.from.empty() ? "nobody" : joined(never.from, ", ")) + " must never reach " +
                                                       (never.to.empty() ? "anything" : joined(never.to, ", ")) + port_text(never.ports)
                                                 : joined(never.carries, ", ") + " must never travel in clear";
    if (!never.except.empty()) sentence += ", except " + joined(never.except, ", ");
    if (!never.why.empty()) sentence += ": " + never.why;
    v1::NeverLine* out = policy_.add_nevers();
    out->set_rule(rule(m, "never/" + never.id, v1::RULE_KIND_NEVER, std::move(sentence), never.severity, never.at));
    last_rule().set_why(never.why);
    out->set_model(m);
    *out->mutable_from() = ends(m, never.from);
    *out->mutable_to() = ends(m, never.to);
    add_ports(never.ports, *out);
    for (const std::string& app : never.apps) out->add_apps(app);
    for (const std::string& d : never.carries) out->add_carries(data_[models_[m].id + "/" + d]);
    for (const std::string& f : never.except) out->add_except_flows(flow_[models_[m].id + "/" + f]);
    out->set_enforced(never.enforced);
  }
}

void PolicyWriter::boundaries(uint32_t m) {
  for (const BoundaryElement& boundary : models_[m].boundaries) {
    v1::Boundary* out = policy_.add_boundaries();
    out->set_rule(rule(m, "boundaries/" + boundary.id, v1::RULE_KIND_BOUNDARY,
                       "no flow of the model covers " + boundary.from + " to " + boundary.to, boundary.severity == 0 ? 3 : boundary.severity, boundary.at));
    out->set_model(m);
    out->set_id(boundary.id);
    out->set_from_zone(zone_[boundary.from]);
    out->set_to_zone(zone_[boundary.to]);
    out->set_unmodelled(static_cast<v1::Unmodelled>(boundary.unmodelled));
  }
}

void PolicyWriter::drift(uint32_t m) {
  const Model& model = models_[m];
  v1::Model* out = policy_.mutable_models(static_cast<int>(m));
  out->set_drift_crossing(static_cast<v1::Unmodelled>(model.drift_crossing));
  out->set_drift_inside(static_cast<v1::Unmodelled>(model.drift_inside));
  for (const std::string& name : model.drift_ignore) out->add_drift_ignore(name);
  if (model.drift_crossing == 3) {
    out->set_crossing_rule(rule(m, "drift/unmodelled.crossing", v1::RULE_KIND_UNMODELLED, "no flow of the model covers this crossing", 3, model.drift_at));
  }
  if (model.drift_inside == 3) {
    out->set_inside_rule(rule(m, "drift/unmodelled.inside", v1::RULE_KIND_UNMODELLED, "no flow of the model covers this traffic inside a zone", 1, model.drift_at));
  }
}

void PolicyWriter::features() {
  std::set<std::string> needed;
  if (policy_.flows_size() > 0) needed.insert("flows");
  for (const v1::FlowLine& flow : policy_.flows()) {
    if (flow.has_hours() || flow.until_s() != 0) needed.insert("schedule");
  }
  for (const v1::NeverLine& never : policy_.nevers()) {
    if (never.enforced()) needed.insert("never");
  }
  if (policy_.boundaries_size() > 0) needed.insert("boundary");
  for (const v1::Model& model : policy_.models()) {
    if (model.crossing_rule() != 0 || model.inside_rule() != 0) needed.insert("drift");
  }
  for (const v1::DataClass& d : policy_.data()) {
    if (d.patterns_size() > 0) needed.insert("data-payload");
  }
  for (const v1::AbusePath& path : policy_.paths()) {
    if (!path.enforced()) continue;
    const std::string text = path.ShortDebugString();
    needed.insert("path-then");
    if (text.find("GROUP_KIND_ANY") != std::string::npos) needed.insert("path-any");
    if (text.find("verb: \"content\"") != std::string::npos) needed.insert("content-payload");
  }
  for (const std::string& feature : needed) policy_.add_features(feature);
}

// "Exactly" 9: which ordered pairs this tap sees but another one judges.
void PolicyWriter::views() {
  if (tap_.empty()) return;
  std::set<std::pair<uint32_t, uint32_t>> elsewhere;
  bool known = false;
  for (const Model& model : models_) {
    for (const TapElement& tap : model.taps) known |= tap.id == tap_;
    for (const ZoneElement& from : model.zones) {
      for (const ZoneElement& to : model.zones) {
        std::vector<std::string> judges;
        for (const std::string& tap : from.taps) {
          if (std::find(to.taps.begin(), to.taps.end(), tap) != to.taps.end() && sees(from, to, model, tap)) judges.push_back(tap);
        }
        for (const auto* zone : {&from, &to}) {
          for (const std::string& tap : zone->taps) {
            if (sees(from, to, model, tap)) judges.push_back(tap);
          }
        }
        if (judges.empty() || judges[0] != tap_) elsewhere.emplace(zone_[from.id], zone_[to.id]);
      }
    }
  }
  if (!known) faults_.push_back({"no active model has a tap '" + tap_ + "'", "tap", ""});
  for (const auto& [from, to] : elsewhere) {
    v1::ZonePair* out = policy_.add_judged_elsewhere();
    out->set_from(from);
    out->set_to(to);
  }
}

bool PolicyWriter::sees(const ZoneElement& from, const ZoneElement& to, const Model& model, const std::string& tap) const {
  const auto t = std::find_if(model.taps.begin(), model.taps.end(), [&](const TapElement& e) { return e.id == tap; });
  if (t == model.taps.end()) return false;
  if (from.id == to.id) return std::find(t->inside.begin(), t->inside.end(), from.id) != t->inside.end();
  return std::none_of(t->without.begin(), t->without.end(), [&](const auto& pair) {
    return (pair.first == from.id && pair.second == to.id) || (pair.first == to.id && pair.second == from.id);
  });
}

}  // namespace glacis::control
