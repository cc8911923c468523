#include "control/exchange/otm_export.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "control/analysis/case_steps.h"
#include "control/exchange/end_addresses.h"
#include "control/exchange/one_line.h"
#include "control/threat_model/value.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kPercentPerStep = 20;  // OTM rates from 0 to 100, the language from 0 to 5

Json lines(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(one_line(text));
  return out;
}

Json prefixes(const std::vector<AddressPrefix>& list) {
  Json out = Json::array();
  for (const AddressPrefix& prefix : list) out.push_back(prefix_text(prefix));
  return out;
}

Json ports(const std::vector<PortSpan>& list) {
  Json out = Json::array();
  for (const PortSpan& span : list) {
    const std::string first = std::to_string(span.first);
    out.push_back(span.first == span.last ? first : first + "-" + std::to_string(span.last));
  }
  return out;
}

// A zone as an end of a flow: OTM's flows end at components.
std::string component_of_zone(const std::string& zone) { return "zone:" + zone; }

class Project {
 public:
  Project(const ExportModels& models, const Model& model, Losses& losses)
      : models_(models), model_(model), places_(models.places(model)), losses_(losses) {}

  std::string text() {
    Json out = {{"otmVersion", "0.2.0"}, {"project", project()}};
    Json flows = dataflows();  // says which zones are ends
    out["assets"] = assets();
    out["trustZones"] = zones();
    out["components"] = components();
    out["dataflows"] = std::move(flows);
    out["threats"] = threats();
    out["mitigations"] = mitigations();
    note();
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  void lost(const std::string& element, const Position& at, std::string what) {
    losses_.add(model_.id, element, at, std::move(what));
  }

  Json project() {
    Json attributes = {{"stage", model_.stage}, {"scope", one_line(model_.scope)}, {"digest", model_.digest}};
    if (model_.reviewed_s != 0) attributes["reviewed"] = date_text(model_.reviewed_s);
    return {{"name", one_line(model_.title.empty() ? model_.id : model_.title)},
            {"id", model_.id},
            {"owner", one_line(model_.owner)},
            {"attributes", std::move(attributes)}};
  }

  // OTM's assets are what there is to lose: our data.
  Json assets() {
    Json out = Json::array();
    for (const DataElement& data : model_.data) {
      const uint32_t rating = data.sensitivity * kPercentPerStep;
      out.push_back({{"name", data.id},
                     {"id", data.id},
                     {"description", one_line(data.says)},
                     {"risk",
                      {{"confidentiality", rating},
                       {"integrity", rating},
                       {"availability", rating},
                       {"comment", "one sensitivity, " + std::to_string(data.sensitivity) + " of 5, stands for all"}}},
                     {"attributes", {{"class", one_line(data.class_)}}}});
      lost("data/" + data.id, data.at, "one sensitivity stands for confidentiality, integrity and availability");
      if (!data.pattern.empty()) lost("data/" + data.id, data.at, "how it looks on a wire");
    }
    return out;
  }

  Json zones() {
    Json out = Json::array();
    for (const ZoneElement& zone : model_.zones) {
      Json attributes = {{"addr", prefixes(zone.prefixes)}, {"env", one_line(zone.env)}, {"flat", zone.flat}};
      if (zone.any) attributes["addr"].push_back("any");
      out.push_back({{"id", zone.id},
                     {"name", zone.id},
                     {"type", zone.any ? "internet" : "network"},
                     {"description", one_line(zone.says)},
                     {"risk", {{"trustRating", zone.trust}}},
                     {"attributes", std::move(attributes)}});
      if (!zone.taps.empty()) lost("zones/" + zone.id, zone.at, "its taps");
    }
    return out;
  }

  Json components() {
    Json out = Json::array();
    for (const AssetElement& asset : model_.assets) {
      Json one = {{"id", asset.id},
                  {"name", asset.id},
                  {"type", asset.kind.empty() ? "service" : asset.kind},
                  {"description", one_line(asset.says)},
                  {"parent", {{"trustZone", asset.zone}}},
                  {"assets", {{"stored", lines(asset.holds)}}},
                  {"threats", threats_of(asset.id)}};
      one["attributes"] = {{"addr", prefixes(asset.prefixes)},
                           {"name", lines(asset.names)},
                           {"owner", one_line(asset.owner)},
                           {"exposed", asset.exposed},
                           {"value", asset.value}};
      out.push_back(std::move(one));
    }
    for (const ZoneElement& zone : model_.zones) {
      if (!zone_ends_.contains(zone.id)) continue;
      out.push_back({{"id", component_of_zone(zone.id)},
                     {"name", "anything in " + zone.id},
                     {"type", "zone"},
                     {"parent", {{"trustZone", zone.id}}},
                     {"threats", threats_of(zone.id)}});
    }
    return out;
  }

  Json dataflows() {
    Json out = Json::array();
    for (const FlowElement& flow : model_.flows) {
      const std::vector<std::string> from = ends(flow, flow.from), to = ends(flow, flow.to);
      const bool one = from.size() * to.size() == 1;
      for (const std::string& a : from) {
        for (const std::string& b : to)
          out.push_back(dataflow(flow, one ? flow.id : flow.id + ":" + a + ":" + b, a, b));
      }
      if (flow.hours) lost("flows/" + flow.id, flow.at, "its hours");
    }
    return out;
  }

  Json dataflow(const FlowElement& flow, const std::string& id, const std::string& from, const std::string& to) {
    Json attributes = {{"port", ports(flow.ports)}, {"app", lines(flow.apps)}, {"class", flow.class_}};
    if (!flow.as.empty()) attributes["as"] = lines(flow.as);
    if (!flow.limit.empty()) attributes["limit"] = one_line(flow.limit);
    if (flow.until_s != 0) attributes["until"] = date_text(flow.until_s);
    return {{"id", id},
            {"name", flow.id},
            {"description", one_line(models_.rule(model_, "flows/" + flow.id).sentence())},
            {"bidirectional", false},
            {"source", from},
            {"destination", to},
            {"assets", lines(flow.carries)},
            {"attributes", std::move(attributes)}};
  }

  // Components; each zone that is an end becomes one.
  std::vector<std::string> ends(const FlowElement& flow, const EndNames& names) {
    std::vector<std::string> out;
    for (const std::string& name : names) {
      if (name == "any") {
        lost("flows/" + flow.id, flow.at, "an end is any: it is told for each zone");
        for (const ZoneElement& zone : model_.zones) out.push_back(zone_end(zone.id));
      } else {
        out.push_back(places_.zone(name) != nullptr ? zone_end(name) : name);
      }
    }
    return out;
  }

  std::string zone_end(const std::string& zone) {
    zone_ends_.insert(zone);
    return component_of_zone(zone);
  }

  Json threats() {
    Json out = Json::array();
    for (const AbuseElement& abuse : model_.abuse) {
      Json risk = {{"likelihood", nullptr}, {"impact", abuse.severity * kPercentPerStep}};
      if (abuse.risk) {
        risk["likelihood"] = abuse.risk->likelihood * kPercentPerStep;
        risk["impact"] = abuse.risk->impact * kPercentPerStep;
      } else {
        risk["impactComment"] = "from its severity";
      }
      out.push_back({{"id", abuse.id},
                     {"name", one_line(abuse.says)},
                     {"description", one_line(abuse.goal)},
                     {"categories", lines(abuse.stride)},
                     {"risk", std::move(risk)},
                     {"tags", lines(abuse.attack)},
                     {"attributes", {{"respond", lines(abuse.respond)}}}});
      if (abuse.path) lost("abuse/" + abuse.id, abuse.at, "its path: what would be seen, in which order and time");
    }
    return out;
  }

  Json mitigations() {
    Json out = Json::array();
    for (const ControlElement& control : model_.controls) {
      out.push_back({{"id", control.id},
                     {"name", control.id},
                     {"description", one_line(control.says)},
                     {"riskReduction", control.strength * kPercentPerStep},
                     {"attributes",
                      {{"d3fend", one_line(control.d3fend)},
                       {"csf", one_line(control.csf)},
                       {"owner", one_line(control.owner)}}}});
    }
    return out;
  }

  // The cases whose steps end at this place, each with the controls that cover it.
  Json threats_of(const std::string& place) {
    if (targets_.empty()) {
      for (const AbuseElement& abuse : model_.abuse) {
        for (const CaseStep& step : steps_of(abuse, places_)) {
          for (const std::string& end : step.traffic.to) targets_[end].insert(abuse.id);
        }
      }
    }
    Json out = Json::array();
    for (const std::string& id : targets_[place]) {
      Json mitigations = Json::array();
      bool active = false;
      for (const ControlElement& control : model_.controls) {
        if (std::ranges::find(control.covers, id) == control.covers.end()) continue;
        active |= control.active;
        mitigations.push_back({{"mitigation", control.id}, {"state", control.active ? "implemented" : "recommended"}});
      }
      out.push_back({{"threat", id}, {"state", active ? "mitigated" : "exposed"}, {"mitigations", mitigations}});
    }
    return out;
  }

  // What OTM has no place for.
  void note() {
    const auto each = [&](const auto& elements, const std::string& section) {
      for (const auto& element : elements) lost(section + "/" + element.id, element.at, "OTM has no such element");
    };
    each(model_.taps, "taps");
    each(model_.sources, "sources");
    each(model_.boundaries, "boundaries");
    each(model_.identities, "identities");
    each(model_.nevers, "never");
    each(model_.assumptions, "assumptions");
    each(model_.findings, "findings");
    each(model_.requirements, "requirements");
    each(model_.hunts, "hunts");
    each(model_.answers, "answers");
    if (model_.drift_at.line != 0) lost("drift", model_.drift_at, "OTM has no such element");
  }

  const ExportModels& models_;
  const Model& model_;
  const Places& places_;
  Losses& losses_;
  std::set<std::string> zone_ends_;
  std::map<std::string, std::set<std::string>> targets_;  // place: cases
};

}  // namespace

Exported export_otm(const ExportModels& models) {
  Exported out;
  for (const Model& model : models.models()) {
    out.files.push_back({model.id + ".otm.json", Project(models, model, out.losses).text()});
  }
  return out;
}

}  // namespace glacis::control
