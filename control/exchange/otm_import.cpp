#include <algorithm>
#include <set>

#include "control/exchange/importers.h"
#include "control/exchange/mapping.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// 0-100 as 1-5.
uint32_t fifth(std::optional<double> percent) {
  return static_cast<uint32_t>(std::clamp(percent.value_or(0) / 20 + 1, 1.0, 5.0));
}

// Open Threat Model 0.1 and 0.2: otm_schema.json of its repository.
class Otm {
 public:
  Otm(const YamlTree& tree, Draft& draft) : tree_(tree), draft_(draft) {}

  void run() {
    const YamlTree& project = child_at(tree_, "project");
    draft_.title(text_at(project, "name"));
    draft_.scope(text_at(project, "description"));
    draft_.owner(text_at(project, "owner"));
    zones();
    data();
    threats();
    components();
    dataflows();
    mitigations();
    note_rest(draft_, "project", project, {"name", "description", "id", "owner"});
    note_rest(draft_, "model", tree_,
              {"otmVersion", "project", "trustZones", "assets", "components", "dataflows", "threats", "mitigations"});
  }

 private:
  static std::string name_of_item(const YamlTree& item) {
    const std::string name = text_at(item, "name");
    return name.empty() ? text_at(item, "id") : name;
  }

  void zones() {
    draft_.found("trustZones", items_at(tree_, "trustZones").size());
    for (const YamlTree& zone : items_at(tree_, "trustZones")) {
      const auto rating = number_at(child_at(zone, "risk"), "trustRating");
      const auto trust = rating ? std::optional(static_cast<uint32_t>(std::clamp(*rating, 0.0, 100.0))) : std::nullopt;
      DraftElement& element = draft_.zone(name_of_item(zone), trust);
      draft_.say(element, name_of_item(zone), text_at(zone, "description"));
      zones_.put(text_at(zone, "id"), element.id);
      note_rest(draft_, "trustZones", zone, {"id", "name", "description", "risk"});
    }
  }

  void data() {
    draft_.found("assets", items_at(tree_, "assets").size());
    for (const YamlTree& asset : items_at(tree_, "assets")) {
      DraftElement& element = draft_.add(Section::kData, name_of_item(asset), "d-");
      element.set("sensitivity", fifth(number_at(child_at(asset, "risk"), "confidentiality")));
      draft_.say(element, name_of_item(asset), text_at(asset, "description"));
      data_.put(text_at(asset, "id"), element.id);
      note_rest(draft_, "assets", asset, {"id", "name", "description", "risk"});
    }
  }

  // By id, each once; a component lies in a zone, or in another component.
  void components() {
    for (const YamlTree& component : items_at(tree_, "components"))
      by_id_.emplace(text_at(component, "id"), &component);
    draft_.found("components", items_at(tree_, "components").size());
    for (const YamlTree& component : items_at(tree_, "components")) {
      std::string inside;
      const std::string zone = zone_of(component, inside), name = name_of_item(component);
      DraftElement& element = draft_.asset(name, zone, kind_guess(text_at(component, "type"), name, ""));
      if (!element.has("kind"))
        draft_.lost(element.place(), "type '" + text_at(component, "type") + "' is no kind of asset: it has none");
      const std::string description = text_at(component, "description");
      draft_.say(element, name,
                 inside.empty() ? description : "inside " + inside + (description.empty() ? "" : ". ") + description);
      if (!inside.empty()) draft_.lost(element.place(), "it lies inside " + inside + ": assets do not nest");
      element.set("holds", data_.ids_of(texts_at(child_at(component, "assets"), "stored")));
      assets_.put(text_at(component, "id"), element.id);
      threats_at(component, name);
      note_rest(draft_, "components", component, {"id", "name", "description", "type", "parent", "assets", "threats"});
    }
  }

  // Zone around a component, and the components on the way: "PrivateSubnet1 of CustomVPC".
  std::string zone_of(const YamlTree& component, std::string& inside) {
    const YamlTree* at = &component;
    std::set<std::string> seen;
    for (;;) {
      const YamlTree& parent = child_at(*at, "parent");
      const std::string outer = text_at(parent, "component");
      if (outer.empty()) return zones_.id_of(text_at(parent, "trustZone"));
      const auto found = by_id_.find(outer);
      if (found == by_id_.end() || seen.size() >= kDeepest || !seen.insert(outer).second) return {};
      at = found->second;
      inside += (inside.empty() ? "" : " of ") + name_of_item(*at);
    }
  }

  void dataflows() {
    draft_.found("dataflows", items_at(tree_, "dataflows").size());
    for (const YamlTree& flow : items_at(tree_, "dataflows")) {
      const std::string from = end_of(flow, "source"), to = end_of(flow, "destination"), name = name_of_item(flow);
      if (from.empty() || to.empty()) {
        draft_.lost("dataflows/" + name, "one of its ends is not in the file: no flow");
        continue;
      }
      DraftElement& element = draft_.flow(name, from, to, "");
      element.set("carries", data_.ids_of(texts_at(flow, "assets")));
      ports(flow, element);
      draft_.say(element, name, text_at(flow, "description"));
      if (flag_at(flow, "bidirectional"))
        draft_.assumed(element.place(), "both ways there: taken as begun at its source");
      threats_at(flow, name);
      note_rest(draft_, "dataflows", flow,
                {"id", "name", "description", "source", "destination", "bidirectional", "assets", "threats"});
    }
  }
  std::string end_of(const YamlTree& flow, const char* which) {
    const std::string asset = assets_.id_of(text_at(flow, which));
    return asset.empty() ? zones_.id_of(text_at(flow, which)) : asset;
  }

  // Tools write security groups as tags: a protocol, then its first and last port.
  void ports(const YamlTree& flow, DraftElement& element) {
    const std::vector<std::string> tags = texts_at(flow, "tags");
    std::vector<std::string> out;
    for (size_t i = 0; i + 2 < tags.size(); ++i) {
      if (tags[i] != "tcp" && tags[i] != "udp") continue;
      const auto first = number_in(tags[i + 1], 1, 65'535), last = number_in(tags[i + 2], 1, 65'535);
      if (!first || !last || *last < *first) continue;
      const std::string span = std::to_string(*first) + (*first == *last ? "" : "-" + std::to_string(*last));
      if (std::ranges::find(out, span) == out.end()) out.push_back(span);
    }
    if (out.empty()) return;
    std::string list;
    for (const std::string& span : out) list += (list.empty() ? "" : ", ") + span;
    element.set_yaml("port", out.size() == 1 ? list : "[" + list + "]");
    draft_.assumed(element.place(), "port " + list + ", from its tags");
  }

  void threats() {
    draft_.found("threats", items_at(tree_, "threats").size());
    for (const YamlTree& threat : items_at(tree_, "threats")) {
      DraftElement& element = draft_.threat(name_of_item(threat), text_at(threat, "description"), "");
      const YamlTree& risk = child_at(threat, "risk");
      if (!risk.entries.empty())
        element.set_yaml("risk", "{likelihood: " + std::to_string(fifth(number_at(risk, "likelihood"))) +
                                     ", impact: " + std::to_string(fifth(number_at(risk, "impact"))) + "}");
      draft_.stride(element, texts_at(threat, "categories"));
      cases_.put(text_at(threat, "id"), element.id);
      note_rest(draft_, "threats", threat, {"id", "name", "description", "categories", "risk"});
    }
  }

  // What of the file's threats and mitigations stands at a component or a flow.
  void threats_at(const YamlTree& element, const std::string& name) {
    for (const YamlTree& threat : items_at(element, "threats")) {
      const std::string id = text_at(threat, "threat"), known = cases_.id_of(id);
      if (known.empty()) continue;
      draft_.lost("abuse/" + known, "it is said to be at " + name + ", state '" + text_at(threat, "state") + "'");
      for (const YamlTree& mitigation : items_at(threat, "mitigations"))
        covered_[text_at(mitigation, "mitigation")].push_back({known, text_at(mitigation, "state")});
    }
  }

  void mitigations() {
    draft_.found("mitigations", items_at(tree_, "mitigations").size());
    for (const YamlTree& mitigation : items_at(tree_, "mitigations")) {
      std::vector<std::string> cases;
      bool active = false;
      for (const auto& [id, state] : covered_[text_at(mitigation, "id")]) {
        if (std::ranges::find(cases, id) == cases.end()) cases.push_back(id);
        active |= state == "implemented" || state == "IMPLEMENTED";
      }
      DraftElement& element = draft_.control(name_of_item(mitigation), text_at(mitigation, "description"),
                                             active ? Draft::Status::kActive : Draft::Status::kPlanned, cases);
      if (const auto reduction = number_at(mitigation, "riskReduction")) element.set("strength", fifth(reduction));
      note_rest(draft_, "mitigations", mitigation, {"id", "name", "description", "riskReduction"});
    }
  }

  static constexpr size_t kDeepest = 32;

  const YamlTree& tree_;
  Draft& draft_;
  IdMap zones_, data_, assets_, cases_;
  std::map<std::string, const YamlTree*> by_id_;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> covered_;  // of a mitigation: case, state
};

}  // namespace

void import_otm(const YamlTree& tree, Draft& draft) { Otm(tree, draft).run(); }

}  // namespace glacis::control
